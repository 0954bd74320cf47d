package dev.jobqueue.testkit.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.Maintenance;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the resource is there to be closed
class MaintenanceTest {
    private static final JobType<RawJson, RawJson> TYPE = JobType.raw("t");
    private static final Duration OFTEN = Duration.ofMillis(2);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger sweeps = new AtomicInteger();
    private final AtomicInteger prunes = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile Runnable duringSweep = () -> {};
    private final JobQueue queue = JobQueue.on(
            new DelegatingJobStore(new InMemoryJobStore(clock)) {
                @Override
                public Receipt<JobId> expire(ExpireRequest request) {
                    sweeps.incrementAndGet();
                    duringSweep.run();
                    if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                        throw new JobQueueException.StoreUnavailable("planned", null);
                    }
                    return super.expire(request);
                }

                @Override
                public int prune(Duration limit, int max) {
                    prunes.incrementAndGet();
                    return super.prune(limit, max);
                }
            },
            QueueOptions.DEFAULT.heartbeatLimit(Duration.ofMinutes(2)));

    /** Looks often, so that the tests are quick. */
    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(1));
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private Maintenance sweeping() {
        return Maintenance.of(queue).sweepInterval(OFTEN).start();
    }

    @Test
    @DisplayName("HB-2: a job whose worker is silent for longer than the limit is handed out again")
    void sweeps() throws Exception {
        queue.enqueue(TYPE.job(null));
        RunningJob<RawJson, RawJson> lost = queue.dequeue(TYPE, Duration.ZERO).orElseThrow();
        try (Maintenance maintenance = sweeping()) {
            awaitSweeps(2);
            assertThat(queue.status(lost.id()).state()).isEqualTo(JobState.RUNNING);
            clock.advance(Duration.ofSeconds(121));

            assertThat(queue.dequeue(TYPE, Duration.ofSeconds(10)).orElseThrow().id())
                    .isEqualTo(lost.id());
        }
        assertThat(lost.succeed(null).verdict()).isEqualTo(TokenAnswer.Verdict.LOST);
    }

    @Test
    @DisplayName("RET-1: with a retention limit old finished jobs go, without one they stay")
    void removesOldJobs() throws Exception {
        JobId id = queue.enqueue(TYPE.job(null)).id();
        assertThat(queue.dequeue(TYPE, Duration.ZERO)
                        .orElseThrow()
                        .succeed(null)
                        .verdict())
                .isEqualTo(TokenAnswer.Verdict.DONE);
        clock.advance(Duration.ofDays(30));
        try (Maintenance maintenance = sweeping()) {
            awaitSweeps(3);
            assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED);
        }
        try (Maintenance maintenance = Maintenance.of(queue)
                .pruneInterval(OFTEN)
                .retention(Duration.ofDays(14))
                .start()) {
            await().untilAsserted(() ->
                    assertThatExceptionOfType(JobQueueException.NotFound.class).isThrownBy(() -> queue.status(id)));
        }
    }

    @Test
    @DisplayName("HB-6: a failed sweep is tried again")
    void goesOnAfterAFailure() {
        failures.set(3);
        try (Maintenance maintenance = sweeping()) {
            awaitSweeps(6);
        }
        assertThat(failures).hasValue(0);
    }

    @Test
    void closeStopsItAndMayBeCalledTwice() {
        Maintenance maintenance = sweeping();
        awaitSweeps(1);
        maintenance.close();
        int before = sweeps.get();
        maintenance.close();

        assertThat(sweeps).hasValue(before);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    @DisplayName("close waits for the round under way, also if it is interrupted, and keeps the interrupt")
    void closeWaitsForTheRound() {
        Thread closer = Thread.currentThread();
        AtomicInteger ended = new AtomicInteger();
        Semaphore interrupted = new Semaphore(0);
        duringSweep = () -> {
            interrupted.acquireUninterruptibly();
            // The wait takes the interrupt first.
            while (closer.isInterrupted()) {
                Thread.onSpinWait();
            }
            ended.incrementAndGet();
        };
        Maintenance maintenance = sweeping();
        await().until(() -> sweeps.get() == 1);
        closer.interrupt();
        interrupted.release();
        maintenance.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(ended).hasValue(sweeps.get());
    }

    @Test
    @DisplayName("the thread does not keep a process alive")
    void daemon() {
        AtomicBoolean daemon = new AtomicBoolean();
        duringSweep = () -> daemon.set(Thread.currentThread().isDaemon());
        try (Maintenance maintenance = sweeping()) {
            awaitSweeps(2);
        }
        assertThat(daemon).isTrue();
    }

    @Test
    @DisplayName("sweeps and prunes take turns: a round that has found little is over")
    void roundsTakeTurns() {
        try (Maintenance maintenance = Maintenance.of(queue)
                .sweepInterval(Duration.ofMillis(1))
                .pruneInterval(Duration.ofMillis(1))
                .retention(Duration.ZERO)
                .start()) {
            awaitMore(prunes, 2);
            awaitMore(sweeps, 2);
            awaitMore(prunes, 2);
        }
    }

    @Test
    void refusesIntervalsThatAreNotPositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Maintenance.of(queue).sweepInterval(Duration.ZERO))
                .withMessageContaining("PT0S");
    }

    private void awaitSweeps(int more) {
        awaitMore(sweeps, more);
    }

    private static void awaitMore(AtomicInteger count, int more) {
        int target = count.get() + more;
        await().until(() -> count.get() >= target);
    }
}
