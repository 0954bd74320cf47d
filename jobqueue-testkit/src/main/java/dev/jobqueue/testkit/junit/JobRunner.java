package dev.jobqueue.testkit.junit;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.worker.JobHandler;
import dev.jobqueue.worker.JobWorker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs the jobs of a queue in the thread of a test, on all channels, exactly as a {@link JobWorker} does: errors, retries, time-outs by the manual clock, follow-ups.
 *
 * <p>Not thread-safe.
 */
public final class JobRunner {
    private static final Page.Request PAGE = Page.Request.first(1_000);

    private final JobQueue queue;
    private final ManualClock clock;
    private final Map<JobType<?, ?>, Consumer<JobWorker.Builder>> handlers = new LinkedHashMap<>();

    /**
     * For tests without {@link JobQueueExtension}.
     *
     * @param clock the clock of the store behind the queue
     */
    public JobRunner(JobQueue queue, ManualClock clock) {
        this.queue = requireNonNull(queue, "queue");
        this.clock = requireNonNull(clock, "clock");
    }

    /** Runs jobs of exactly this full type with this handler. Jobs of other types wait. */
    @CanIgnoreReturnValue
    public <A, R> JobRunner handler(JobType<A, R> type, JobHandler<A, R> handler) {
        requireNonNull(handler, "handler");
        handlers.put(type, builder -> builder.handler(type, handler));
        return this;
    }

    /**
     * Runs what is ready, and what that makes ready, until nothing is. No time passes, but for what handlers let pass.
     *
     * @return how many handlers were run
     * @throws IllegalStateException if there is no handler
     */
    @CanIgnoreReturnValue
    public int runUntilIdle() throws InterruptedException {
        if (handlers.isEmpty()) {
            throw new IllegalStateException("give the runner a handler first");
        }
        JobWorker.Builder builder = JobWorker.builder(queue).anyChannel().nanoClock(clock::nanoTime);
        handlers.values().forEach(handler -> handler.accept(builder));
        return builder.build().runUntilIdle();
    }

    /**
     * Lets so much time pass and runs everything at its time: delays, backoffs, {@code notBefore}.
     *
     * @param time 0 or more
     * @return how many handlers were run
     */
    @CanIgnoreReturnValue
    public int runFor(Duration time) throws InterruptedException {
        Instant end = clock.now().plus(time);
        int count = runUntilIdle();
        for (Optional<Instant> due = nextDue(end); due.isPresent(); due = nextDue(end)) {
            advanceTo(due.get());
            count += runUntilIdle();
        }
        advanceTo(end);
        return count + runUntilIdle();
    }

    private void advanceTo(Instant time) {
        if (time.isAfter(clock.now())) {
            clock.advance(Duration.between(clock.now(), time));
        }
    }

    /** The next time after now at which a job of a type with a handler is due, if it is not after the end. */
    private Optional<Instant> nextDue(Instant end) {
        List<Instant> dues = new ArrayList<>();
        for (JobCount count : queue.counts()) {
            if (count.state() == JobState.SCHEDULED
                    && handlers.keySet().stream()
                            .anyMatch(type -> type.name().equals(count.pair().type()))) {
                JobQuery query =
                        JobQuery.unfinished(count.pair().type(), count.pair().channel(), JobState.SCHEDULED);
                for (Page<JobStatus<RawJson>> page = queue.list(query, PAGE); ; ) {
                    page.items().forEach(job -> job.times().due().ifPresent(dues::add));
                    if (page.next().isEmpty()) {
                        break;
                    }
                    page = queue.list(query, PAGE.after(page.next().get()));
                }
            }
        }
        return dues.stream()
                .filter(due -> due.isAfter(clock.now()) && !due.isAfter(end))
                .min(Instant::compareTo);
    }
}
