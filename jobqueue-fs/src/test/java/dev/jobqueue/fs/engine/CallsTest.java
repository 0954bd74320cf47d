package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The calls whose answers are put together by the caller: what a job is, what a token says, what a delete takes along. */
class CallsTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RawJson ONE = RawJson.of("1");

    private final ManualClock clock = new ManualClock();
    private final DirectoryStore store =
            DirectoryStore.open(new StepDisk(), new Settings(clock, 1 << 20, 0, 1 << 20, false, false));

    @AfterEach
    void close() {
        store.close();
    }

    private static JobRequest<RawJson, RawJson> job() {
        return BUILD.job(ONE);
    }

    private void insert(JobRequest<?, ?>... requests) {
        List<NewJob> graph = new ArrayList<>();
        for (JobRequest<?, ?> r : requests) {
            graph.add(new NewJob(r.job(), r.job().options().delay().orElse(Duration.ZERO)));
        }
        store.insert(List.of(graph));
    }

    private JobToken claim() {
        JobToken token = JobToken.create();
        List<ClaimedJob> claimed = store.claim(
                        new ClaimRequest(Selector.of(BUILD), List.of(new ClaimSlot(token, "worker"))))
                .jobs();
        assertThat(claimed).hasSize(1);
        return token;
    }

    private TokenAnswer finish(JobToken token, JobOutcome outcome) {
        Answer<TokenAnswer> answer = store.finish(List.of(new FinishRequest(token, outcome, 0, List.of())))
                .items()
                .get(0);
        return ((Answer.Accepted<TokenAnswer>) answer).value();
    }

    private TokenAnswer succeed(JobToken token) {
        return finish(token, new JobOutcome.Succeeded(ONE));
    }

    private void cancel(JobId id) {
        store.cancel(List.of(new CancelRequest(id, "not wanted", false)));
    }

    private JobStatus<RawJson> status(JobId id) {
        return stored(id).status();
    }

    private StoredJob stored(JobId id) {
        return store.find(List.of(id), EnumSet.allOf(Part.class)).get(0).orElseThrow();
    }

    private Instant minute(int n) {
        return new ManualClock().now().plus(MINUTE.multipliedBy(n));
    }

    @Test
    @DisplayName("QRY-1: an unfinished job shows its times, attempts and progress, and how its dependencies stand")
    void unfinishedJob() {
        JobRequest<RawJson, RawJson> first = job().delay(MINUTE).attempts(3, Backoff.fixed(MINUTE));
        JobRequest<RawJson, RawJson> second = job().requires(first);
        insert(first, second);
        assertThat(status(first.id()).times().enqueued()).isEqualTo(minute(0));
        assertThat(status(first.id()).times().unblocked()).contains(minute(0));
        assertThat(status(first.id()).times().due()).contains(minute(1));
        assertThat(status(first.id()).times().ready()).isEmpty();
        assertThat(status(first.id()).attempts()).isEmpty();
        assertThat(status(second.id()).times().unblocked()).isEmpty();
        assertThat(status(second.id()).state()).isEqualTo(JobState.BLOCKED);

        clock.advance(MINUTE);
        JobToken token = claim();
        JobError error = new JobError(7, ErrorClass.CLIENT, "no good", RawJson.NULL, false);
        assertThat(finish(token, new JobOutcome.Failed(error))).isEqualTo(TokenAnswer.DONE);
        clock.advance(MINUTE);
        JobToken again = claim();
        store.report(List.of(new ProgressReport(again, RawJson.of("50"))));
        JobStatus<RawJson> status = status(first.id());
        assertThat(status.state()).isEqualTo(JobState.RUNNING);
        assertThat(status.failures()).isEqualTo(1);
        assertThat(status.recoveries()).isZero();
        assertThat(status.progress()).contains(RawJson.of("50"));
        assertThat(status.attempts()).extracting(Attempt::number).containsExactly(1, 2);
        Attempt running = status.attempts().get(1);
        assertThat(running.worker()).isEqualTo("worker");
        assertThat(running.started()).isEqualTo(minute(2));
        assertThat(running.ended()).isEmpty();
        assertThat(running.end()).isEmpty();
        assertThat(running.error()).isEmpty();
        assertThat(status(second.id()).dependencies()).singleElement().satisfies(d -> {
            assertThat(d.id()).isEqualTo(first.id());
            assertThat(d.required()).isTrue();
            assertThat(d.state()).isEqualTo(JobState.RUNNING);
        });
        assertThat(store.find(List.of(second.id()), Set.of())
                        .get(0)
                        .orElseThrow()
                        .status()
                        .dependencies())
                .isEmpty();
    }

    @Test
    @DisplayName(
            "QRY-1, DEP-3: results, reasons and errors of finished jobs are read, also for those that depend on them")
    void finishedJobs() {
        JobRequest<RawJson, RawJson> good = job();
        JobRequest<RawJson, RawJson> bad = job();
        JobRequest<RawJson, RawJson> doomed = job().requires(bad);
        JobRequest<RawJson, RawJson> last = job().dependsOn(good).dependsOn(doomed);
        insert(good, bad, doomed, last);
        assertThat(succeed(claim())).isEqualTo(TokenAnswer.DONE);
        cancel(bad.id());
        assertThat(status(good.id()).result()).contains(ONE);
        assertThat(status(bad.id()).cancelReason()).contains("not wanted");
        assertThat(status(doomed.id()).error().orElseThrow().reason()).contains("was canceled");
        JobStatus<RawJson> status = status(last.id());
        assertThat(status.state()).isEqualTo(JobState.READY);
        assertThat(status.dependencies()).extracting(DependencyOutcome::id).containsExactly(good.id(), doomed.id());
        assertThat(status.dependencies().get(0).result()).contains(ONE);
        assertThat(status.dependencies().get(1).state()).isEqualTo(JobState.FAILED);
        assertThat(status.dependencies().get(1).error().orElseThrow().reason()).contains("was canceled");
    }

    @Test
    @DisplayName("HB-1, FIN-5: heartbeats and reports say each token what it is worth, and keep its job alive")
    void heartbeats() {
        JobRequest<RawJson, RawJson> running = job();
        JobRequest<RawJson, RawJson> canceled = job();
        JobRequest<RawJson, RawJson> silent = job();
        insert(running, canceled, silent);
        JobToken alive = claim();
        JobToken told = claim();
        claim();
        cancel(canceled.id());
        JobToken unknown = JobToken.create();
        clock.advance(MINUTE);
        assertThat(store.heartbeat(List.of(alive, unknown, told)))
                .containsExactly(TokenAnswer.CONTINUE, TokenAnswer.LOST, TokenAnswer.canceled("not wanted"));
        assertThat(store.stale(Duration.ofSeconds(30), 10))
                .extracting(StaleJob::id)
                .containsExactly(silent.id());
        clock.advance(MINUTE);
        RawJson large = RawJson.of("\"" + "x".repeat(60_000) + "\"");
        assertThat(store.report(List.of(
                        new ProgressReport(told, ONE),
                        new ProgressReport(alive, large),
                        new ProgressReport(unknown, ONE))))
                .containsExactly(TokenAnswer.canceled("not wanted"), TokenAnswer.CONTINUE, TokenAnswer.LOST);
        assertThat(store.stale(Duration.ofSeconds(30), 10))
                .extracting(StaleJob::id)
                .containsExactly(silent.id());
        assertThat(status(running.id()).progress()).contains(large);
    }

    @Test
    @DisplayName("FIN-1, FIN-8, CAN-3: a token that is not in force is told what became of it")
    void tokens() {
        JobRequest<RawJson, RawJson> first = job();
        JobRequest<RawJson, RawJson> canceled = job();
        insert(first, canceled);
        JobToken released = claim();
        JobOutcome release = new JobOutcome.Released(Duration.ZERO);
        assertThat(finish(released, release)).isEqualTo(TokenAnswer.DONE);
        assertThat(finish(released, release)).isEqualTo(TokenAnswer.DONE);
        assertThat(succeed(released)).isEqualTo(TokenAnswer.LOST);
        JobToken token = claim();
        assertThat(finish(released, release)).as("of an attempt before").isEqualTo(TokenAnswer.DONE);
        assertThat(succeed(released)).isEqualTo(TokenAnswer.LOST);
        assertThat(succeed(token)).isEqualTo(TokenAnswer.DONE);
        assertThat(succeed(token)).isEqualTo(TokenAnswer.DONE);
        assertThat(finish(token, release)).isEqualTo(TokenAnswer.LOST);
        JobToken other = claim();
        cancel(canceled.id());
        assertThat(succeed(other)).isEqualTo(TokenAnswer.canceled("not wanted"));
        JobToken unknown = JobToken.create();
        assertThat(succeed(unknown)).isEqualTo(TokenAnswer.LOST);
        assertThat(store.jobsOf(List.of(released, token, other, unknown)))
                .extracting(o -> o.orElse(null))
                .containsExactly(first.id(), first.id(), canceled.id(), null);
        assertThat(store.running(List.of(token, other))).allMatch(o -> o.isEmpty());
    }

    private void stillNeeded(JobId id, JobId inTheWay, String why) {
        assertThat(store.delete(id))
                .isEqualTo(Answer.refused(
                        Answer.Reason.STILL_NEEDED,
                        inTheWay,
                        "job " + id + " cannot be deleted: job " + inTheWay + " " + why));
        assertThat(store.find(List.of(id), Set.of()).get(0)).isPresent();
    }

    @Test
    @DisplayName("RET-2: what is needed, or not finished, is not deleted")
    void notDeleted() {
        JobRequest<RawJson, RawJson> first = job();
        JobRequest<RawJson, RawJson> second = job().dependsOn(first);
        JobRequest<RawJson, RawJson> third = job().dependsOn(second);
        insert(first, second, third);
        JobId unknown = JobId.create();
        assertThat(store.delete(unknown)).isEqualTo(Answer.refused(Answer.Reason.NOT_FOUND, unknown));
        stillNeeded(first.id(), second.id(), "depends on it");
        stillNeeded(third.id(), third.id(), "is BLOCKED");
        cancel(third.id());
        stillNeeded(third.id(), second.id(), "is BLOCKED");
        cancel(second.id());
        stillNeeded(third.id(), first.id(), "is READY");
        claim();
        stillNeeded(third.id(), first.id(), "is RUNNING");
    }

    @Test
    @DisplayName(
            "RET-2: a delete takes along what only it needs, through any number of jobs, and leaves what others need")
    void deletedWithItsDependencies() {
        JobRequest<RawJson, RawJson> shared = job();
        List<JobRequest<RawJson, RawJson>> own = new ArrayList<>();
        JobRequest<RawJson, RawJson> bottom = job().dependsOn(shared);
        own.add(bottom);
        for (int i = 0; i < 200; i++) {
            own.add(job().dependsOn(bottom).dependsOn(own.get(i)));
        }
        JobRequest<RawJson, RawJson> other = job().dependsOn(shared);
        insert(shared);
        insert(own.toArray(JobRequest<?, ?>[]::new));
        insert(other);
        for (int i = own.size() - 1; i >= 0; i--) {
            cancel(own.get(i).id());
        }
        succeed(claim());
        JobId root = own.get(200).id();
        assertThat(store.delete(root)).isEqualTo(Answer.accepted(201));
        assertThat(store.delete(root)).isEqualTo(Answer.refused(Answer.Reason.NOT_FOUND, root));
        assertThat(store.find(List.of(shared.id(), other.id(), bottom.id(), root), Set.of()))
                .extracting(o -> o.isPresent())
                .containsExactly(true, true, false, false);
    }
}
