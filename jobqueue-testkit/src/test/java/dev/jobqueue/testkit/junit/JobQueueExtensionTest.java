package dev.jobqueue.testkit.junit;

import static dev.jobqueue.testkit.junit.JobAssert.assertThatJob;
import static dev.jobqueue.testkit.junit.JobGraphAssert.assertThatGraph;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.worker.JobFailedException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JobQueueExtension.class)
class JobQueueExtensionTest {
    private static final JobType<String, Integer> COUNT = JobType.of("count", String.class, Integer.class);
    private static final ErrorCode NO_WORD = new ErrorCode() {
        @Override
        public int code() {
            return 3;
        }

        @Override
        public ErrorClass errorClass() {
            return ErrorClass.CLIENT;
        }
    };
    private static @Nullable JobQueue last;

    private JobQueue before;

    @BeforeEach
    void keep(JobQueue queue) {
        before = queue;
        last = queue;
    }

    @AfterAll
    static void closed() {
        assertThatExceptionOfType(JobQueueException.Closed.class).isThrownBy(last::counts);
    }

    private static int count(String word) throws JobFailedException {
        if (word.isEmpty()) {
            throw new JobFailedException(NO_WORD, "there is no word");
        }
        return word.length();
    }

    @Test
    @DisplayName("a test gets a queue and a runner, the same for all its methods; handlers run in its thread")
    void runs(JobQueue queue, JobRunner runner) throws Exception {
        assertThat(queue).isSameAs(before);
        Thread test = Thread.currentThread();
        runner.handler(COUNT, context -> {
            assertThat(Thread.currentThread()).isSameAs(test);
            return count(context.args());
        });
        JobRequest<String, Integer> first = COUNT.job("one").channel("any");
        JobRequest<String, Integer> second = COUNT.job("three").requires(first);
        queue.enqueueAll(List.of(second, first));

        assertThat(runner.runUntilIdle()).isEqualTo(2);
        assertThatJob(queue, second.id()).succeeded().hasResult(COUNT, 5).hasAttempts(1);
        assertThatGraph(queue, second.id())
                .hasOutcome(JobGraph.Outcome.SUCCEEDED)
                .allSucceeded();
    }

    @Test
    @DisplayName("what failed and why can be said of a job and of a graph")
    void failures(JobQueue queue, JobRunner runner) throws Exception {
        runner.handler(COUNT, context -> count(context.args()));
        JobRequest<String, Integer> bad = COUNT.job("");
        JobRequest<String, Integer> after = COUNT.job("three").requires(bad);
        queue.enqueueAll(List.of(bad, after));
        runner.runUntilIdle();

        assertThatJob(queue, bad.id()).failedWith(NO_WORD, "no word");
        assertThatJob(queue, after.id()).failedWith(LibraryError.DEPENDENCY_FAILED);
        assertThatGraph(queue, after.id())
                .hasOutcome(JobGraph.Outcome.FAILED)
                .hasCauses(bad.id())
                .hasState(bad.id(), JobState.FAILED);
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> assertThatJob(queue, bad.id()).succeeded())
                .withMessageContainingAll("SUCCEEDED", "FAILED", "there is no word");
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> assertThatJob(queue, bad.id()).failedWith(LibraryError.TIMED_OUT))
                .withMessageContaining("TIMED_OUT");
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> assertThatGraph(queue, after.id()).allSucceeded())
                .withMessageContaining("there is no word");
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> assertThatJob(queue, bad.id()).hasResult(COUNT, 1))
                .withMessageContaining("none");
    }

    @Test
    @DisplayName("time passes only when the test says so, and then each job runs at its time")
    void time(JobQueue queue, JobRunner runner, ManualClock clock) throws Exception {
        Instant start = clock.now();
        List<Duration> times = new ArrayList<>();
        runner.handler(COUNT, context -> {
            times.add(Duration.between(start, clock.now()));
            return count(context.args());
        });
        JobId retried = queue.enqueue(COUNT.job("").attempts(3, Backoff.fixed(Duration.ofSeconds(10))))
                .id();
        queue.enqueue(COUNT.job("later").delay(Duration.ofHours(1)));
        assertThat(runner.runUntilIdle()).isEqualTo(1);
        assertThatJob(queue, retried).hasState(JobState.SCHEDULED);
        assertThat(runner.runFor(Duration.ofMinutes(59))).isEqualTo(2);

        assertThatJob(queue, retried).failedWith(NO_WORD).hasAttempts(3);
        assertThat(clock.now()).isEqualTo(start.plus(Duration.ofMinutes(59)));
        assertThat(runner.runFor(Duration.ofMinutes(1))).isEqualTo(1);
        assertThat(times).hasSize(4).startsWith(Duration.ZERO).endsWith(Duration.ofHours(1));
        assertThat(times.get(1)).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("FIN-9: a handler that lets too much time pass is timed out")
    void timeout(JobQueue queue, JobRunner runner, ManualClock clock) throws Exception {
        runner.handler(COUNT, context -> {
            clock.advance(Duration.ofSeconds(5));
            return context.canceled() ? 1 : 0;
        });
        JobId id = queue.enqueue(COUNT.job("x").timeout(Duration.ofSeconds(5))).id();
        runner.runUntilIdle();
        assertThatJob(queue, id).failedWith(LibraryError.TIMED_OUT);
    }

    @Test
    @DisplayName("a runner without a handler says so")
    void noHandler(JobRunner runner) {
        assertThatIllegalStateException().isThrownBy(runner::runUntilIdle).withMessageContaining("handler");
    }
}
