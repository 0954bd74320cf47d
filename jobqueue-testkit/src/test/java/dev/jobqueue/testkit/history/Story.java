package dev.jobqueue.testkit.history;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A history made by hand. Times are in milliseconds. */
final class Story {
    static final Duration WAKE_UP = Duration.ofMillis(100);

    private final List<Operation> operations = new ArrayList<>();
    private final Map<JobId, JobState> end = new HashMap<>();

    /** A job of type "work" that ends at its first failure, and survives one lost heartbeat. */
    static Call.Entry job(Dependency... dependencies) {
        return job(0, 1, dependencies);
    }

    static Call.Entry job(int priority, int attempts, Dependency... dependencies) {
        return new Call.Entry(JobId.create(), "work", priority, attempts, 1, false, List.of(dependencies));
    }

    static Dependency after(Call.Entry job) {
        return new Dependency(job.id(), false);
    }

    static Dependency requires(Call.Entry job) {
        return new Dependency(job.id(), true);
    }

    private Story add(Call call, long from, long to, Optional<Reply> reply) {
        operations.add(new Operation("process", "thread", call, from * 1_000_000, to * 1_000_000, reply));
        return this;
    }

    /** The last call did not come back, and the caller went on. */
    Story unknown() {
        Operation last = operations.remove(operations.size() - 1);
        operations.add(new Operation(
                last.process(), last.thread(), last.call(), last.invoked(), last.ended(), Optional.empty()));
        return this;
    }

    /** The last call changed nothing. */
    Story refused() {
        Operation last = operations.remove(operations.size() - 1);
        operations.add(new Operation(
                last.process(),
                last.thread(),
                last.call(),
                last.invoked(),
                last.ended(),
                Optional.of(new Reply.Refused())));
        return this;
    }

    Story enqueue(long from, long to, Call.Entry... jobs) {
        List<Call.Entry> all = List.of(jobs);
        return add(
                new Call.Enqueue(all),
                from,
                to,
                Optional.of(new Reply.Stored(all.stream().map(Call.Entry::id).toList())));
    }

    /** A claim that gives this job under this token. */
    Story claim(long from, long to, Call.Entry job, int attempt, JobToken token) {
        return add(
                new Call.Claim(Set.of("work"), List.of(token)),
                from,
                to,
                Optional.of(new Reply.Given(List.of(new Reply.Start(job.id(), token, attempt)))));
    }

    /** A claim with two tokens that gives these jobs. */
    Story claim(long from, long to, Call.Entry first, Call.Entry second) {
        List<JobToken> tokens = JobToken.create(2);
        return add(
                new Call.Claim(Set.of("work"), tokens),
                from,
                to,
                Optional.of(new Reply.Given(List.of(
                        new Reply.Start(first.id(), tokens.get(0), 1),
                        new Reply.Start(second.id(), tokens.get(1), 1)))));
    }

    /** A dequeue that waits for nothing. */
    Story waits(long from, long to) {
        return add(new Call.Wait(Set.of("work")), from, to, Optional.of(new Reply.Given(List.of())));
    }

    /** A dequeue that gets this attempt. */
    Story waits(long from, long to, Call.Entry job, JobToken token) {
        return add(
                new Call.Wait(Set.of("work")),
                from,
                to,
                Optional.of(new Reply.Given(List.of(new Reply.Start(job.id(), token, 1)))));
    }

    /** Somebody waits for the end of a job. */
    Story awaits(long from, long to, Call.Entry job) {
        return add(new Call.Await(job.id()), from, to, Optional.of(new Reply.Seen(true)));
    }

    Story finish(long from, long to, JobToken token, Call.Ending ending, Verdict verdict) {
        return add(new Call.Finish(token, ending), from, to, Optional.of(new Reply.Told(verdict)));
    }

    /** An accepted finish. */
    Story finish(long from, long to, JobToken token, Call.Ending ending) {
        return finish(from, to, token, ending, Verdict.DONE);
    }

    Story heartbeat(long from, long to, JobToken token, Verdict verdict) {
        return add(new Call.Heartbeat(token), from, to, Optional.of(new Reply.Told(verdict)));
    }

    Story cancel(long from, long to, Call.Entry job) {
        return add(new Call.Cancel(job.id()), from, to, Optional.of(new Reply.Canceled(true)));
    }

    Story expire(long from, long to, Call.Entry... jobs) {
        List<JobId> ids = List.of(jobs).stream().map(Call.Entry::id).toList();
        return add(new Call.Expire(), from, to, Optional.of(new Reply.Expired(ids)));
    }

    /** The state after the drain. */
    Story end(Call.Entry job, JobState state) {
        end.put(job.id(), state);
        return this;
    }

    List<Operation> operations() {
        return operations;
    }

    List<Violation> violations() {
        return HistoryCheck.violations(operations, end, WAKE_UP);
    }

    /** The rules that are broken. */
    List<Rules> broken() {
        return violations().stream().map(Violation::rule).distinct().toList();
    }
}
