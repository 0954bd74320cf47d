package dev.jobqueue.testkit.history;

import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException.StoreUnavailable;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Notes the calls that a queue makes for the load; those that the load does not need pass unseen. */
final class RecordingJobStore extends DelegatingJobStore {
    private final Recorder recorder;

    RecordingJobStore(JobStore store, Recorder recorder) {
        super(store);
        this.recorder = recorder;
    }

    @Override
    public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
        return recorded(
                graphs.stream().map(RecordingJobStore::enqueue).toList(),
                () -> super.insert(graphs),
                receipt -> receipt.items().stream()
                        .map(a -> reply(
                                a,
                                all -> new Reply.Stored(
                                        all.stream().map(Enqueued::id).toList())))
                        .toList());
    }

    private static Call enqueue(List<NewJob> graph) {
        return new Call.Enqueue(graph.stream().map(RecordingJobStore::entry).toList());
    }

    private static Call.Entry entry(NewJob given) {
        Job<RawJson> job = given.job();
        return new Call.Entry(
                job.id(),
                job.type().toString(),
                job.options().priority(),
                job.options().attempts(),
                job.options().recoveries(),
                !given.delay().isZero(),
                job.dependencies());
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return recorded(
                List.of(new Call.Claim(
                        types(request),
                        request.slots().stream().map(ClaimSlot::token).toList())),
                () -> super.claim(request),
                claimed -> List.of(new Reply.Given(
                        claimed.jobs().stream().map(RecordingJobStore::start).toList())));
    }

    private static Set<String> types(ClaimRequest request) {
        return request.selector().types().stream().map(TypeName::toString).collect(Collectors.toSet());
    }

    private static Reply.Start start(ClaimedJob job) {
        return new Reply.Start(job.job().id(), job.token(), job.attempt());
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        return recorded(
                requests.stream()
                        .map(r -> new Call.Finish(r.token(), ending(r.outcome())))
                        .toList(),
                () -> super.finish(requests),
                receipt -> receipt.items().stream()
                        .map(a -> reply(a, answer -> new Reply.Told(answer.verdict())))
                        .toList());
    }

    private static Call.Ending ending(JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Failed failed) {
            return failed.error().permanent() ? Call.Ending.PERMANENT_FAILURE : Call.Ending.FAILURE;
        } else if (outcome instanceof JobOutcome.Released released) {
            return released.delay().isZero() ? Call.Ending.RELEASE : Call.Ending.RELEASE_LATER;
        }
        return Call.Ending.SUCCESS;
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        return recorded(
                tokens.stream().map(Call.Heartbeat::new).toList(),
                () -> super.heartbeat(tokens),
                answers ->
                        answers.stream().map(a -> new Reply.Told(a.verdict())).toList());
    }

    @Override
    public Receipt<Answer<Integer>> cancel(List<CancelRequest> requests) {
        return recorded(
                requests.stream().map(r -> new Call.Cancel(r.id())).toList(),
                () -> super.cancel(requests),
                receipt -> receipt.items().stream()
                        .map(a -> reply(a, count -> new Reply.Canceled(count > 0)))
                        .toList());
    }

    @Override
    public Receipt<JobId> expire(ExpireRequest request) {
        return recorded(
                List.of(new Call.Expire()),
                () -> super.expire(request),
                receipt -> List.of(new Reply.Expired(receipt.items())));
    }

    private static <T> Reply reply(Answer<T> answer, Function<T, Reply> accepted) {
        return answer instanceof Answer.Accepted<T> value ? accepted.apply(value.value()) : new Reply.Refused();
    }

    private <T> T recorded(List<? extends Call> calls, Supplier<T> call, Function<T, List<? extends Reply>> replies) {
        List<Recorder.Sent> sent = recorder.send(calls);
        T answer;
        try {
            answer = call.get();
        } catch (StoreUnavailable e) {
            recorder.end(sent, s -> Optional.of(new Reply.Refused()));
            throw e;
        } catch (RuntimeException | Error e) {
            recorder.end(sent, s -> Optional.empty());
            throw e;
        }
        recorder.end(
                sent, replies.apply(answer).stream().map(Optional::<Reply>of).toList());
        return answer;
    }
}
