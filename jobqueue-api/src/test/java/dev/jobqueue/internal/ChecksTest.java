package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TYP-5: each bound, with its value and the next one. */
class ChecksTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    private final Checks checks =
            new Checks(QueueOptions.DEFAULT.maxJsonBytes(1_024).clock(() -> NOW));

    private enum Code implements ErrorCode {
        BROKEN;

        @Override
        public int code() {
            return 1;
        }

        @Override
        public ErrorClass errorClass() {
            return ErrorClass.INTERNAL;
        }
    }

    /** JSON of so many bytes. */
    private static RawJson json(int bytes) {
        return RawJson.of("\"" + "x".repeat(bytes - 2) + "\"");
    }

    private Duration delay(JobRequest<?, ?> request) {
        return checks.graph(List.of(request)).get(0).delay();
    }

    @Test
    @DisplayName("TYP-5: args have a limit, the message names job, size and limit")
    void argsHaveALimit() {
        assertThat(checks.graph(List.of(BUILD.job(json(1_024))))).hasSize(1);
        JobRequest<RawJson, RawJson> large = BUILD.job(json(1_025));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> checks.graph(List.of(BUILD.job(null), large)))
                .withMessageContainingAll(large.id().toString(), "build", "1025", "1024");
    }

    @Test
    @DisplayName("TYP-5: results have a limit, those of failures too")
    void resultsHaveALimit() {
        JobError error = JobError.of(Code.BROKEN, "broken");
        for (JobOutcome fine : List.of(
                new JobOutcome.Succeeded(json(1_024)),
                new JobOutcome.Failed(error, Optional.of(json(1_024))),
                new JobOutcome.Failed(error))) {
            assertThat(checks.outcome(fine)).isSameAs(fine);
            assertThat(checks.finalOutcome(fine)).isSameAs(fine);
        }
        for (JobOutcome large : List.of(
                new JobOutcome.Succeeded(json(1_025)), new JobOutcome.Failed(error, Optional.of(json(1_025))))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> checks.outcome(large))
                    .withMessageContainingAll("result", "1025", "1024");
            assertThatIllegalArgumentException().isThrownBy(() -> checks.finalOutcome(large));
        }
    }

    @Test
    @DisplayName("FIN-6: a job that does not run cannot be released, one that runs can")
    void pendingJobsAreNotReleased() {
        JobOutcome released = new JobOutcome.Released(Duration.ZERO);
        assertThat(checks.outcome(released)).isSameAs(released);
        assertThatIllegalArgumentException().isThrownBy(() -> checks.finalOutcome(released));
    }

    @Test
    @DisplayName("FIN-5: progress has 64 KiB at most")
    void progressHasALimit() {
        RawJson largest = json(65_536);
        assertThat(checks.progress(largest)).isSameAs(largest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> checks.progress(json(65_537)))
                .withMessageContainingAll("progress", "65537", "65536");
    }

    @Test
    @DisplayName("CAN-1: the reason of a cancel has 10,000 characters at most, and no lone surrogate")
    void reasonsHaveALimit() {
        String longest = "x".repeat(10_000);
        assertThat(Checks.cancelReason(longest)).isEqualTo(longest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.cancelReason(longest + "x"))
                .withMessageContainingAll("10001", "10000");
        assertThatThrownBy(() -> Checks.cancelReason("\ud800")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("TYP-5: lists, numbers and ages have bounds")
    void numbersHaveBounds() {
        Checks.list(0, "tokens");
        Checks.list(10_000, "tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.list(10_001, "tokens"))
                .withMessageContainingAll("tokens", "10001", "10000");
        assertThat(Checks.max(1)).isEqualTo(1);
        assertThat(Checks.max(10_000)).isEqualTo(10_000);
        assertThatIllegalArgumentException().isThrownBy(() -> Checks.max(0)).withMessageContaining(": 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.max(10_001))
                .withMessageContaining("10001");
        assertThat(Checks.age(Duration.ZERO)).isZero();
        assertThat(Checks.age(Duration.ofDays(1))).isEqualTo(Duration.ofDays(1));
        assertThatIllegalArgumentException().isThrownBy(() -> Checks.age(Duration.ofNanos(-1)));
    }

    @Test
    @DisplayName("DEQ-14: a time becomes a delay by the clock of the queue, in milliseconds and never less")
    void timesBecomeDelays() {
        assertThat(delay(BUILD.job(null))).isZero();
        assertThat(delay(BUILD.job(null).delay(Duration.ofSeconds(3)))).isEqualTo(Duration.ofSeconds(3));
        assertThat(delay(BUILD.job(null).notBefore(NOW.minusNanos(1)))).isZero();
        assertThat(delay(BUILD.job(null).notBefore(NOW))).isZero();
        assertThat(delay(BUILD.job(null).notBefore(NOW.plusMillis(7)))).isEqualTo(Duration.ofMillis(7));
        Checks later = new Checks(QueueOptions.DEFAULT.clock(() -> NOW.plusNanos(1)));
        assertThat(later.graph(List.of(BUILD.job(null).notBefore(NOW.plusMillis(7)))))
                .extracting(NewJob::delay)
                .containsExactly(Duration.ofMillis(7));
    }

    @Test
    @DisplayName("ENQ-2: a job that depends on itself is refused, on others it may")
    void noJobDependsOnItself() {
        JobRequest<RawJson, RawJson> first = BUILD.job(null);
        JobRequest<RawJson, RawJson> second = BUILD.job(null).dependsOn(first);
        assertThatThrownBy(() -> checks.graph(List.of(first.dependsOn(first))))
                .isInstanceOf(JobQueueException.Invalid.class)
                .hasMessageContaining(first.id().toString());
        assertThat(checks.graph(List.of(second)))
                .extracting(NewJob::job)
                .extracting(job -> job.id())
                .containsExactly(second.id());
        assertThat(checks.graph(List.of(second, first)))
                .extracting(NewJob::job)
                .extracting(job -> job.id())
                .containsExactly(first.id(), second.id());
    }
}
