package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOptions;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OpenJobTest {
    /** A character of JSON text takes up to six bytes. */
    private static final int ESCAPED = 6;

    private static OpenJob job() {
        return new OpenJob(JobOptions.DEFAULT, 0);
    }

    private static Attempt attempt(int number, String worker, Optional<JobError> error) {
        return new Attempt(
                number, worker, Instant.EPOCH, Optional.of(Instant.EPOCH), Optional.of(Attempt.End.FAILED), error);
    }

    private static Optional<JobError> error(String reason, String details) {
        return Optional.of(new JobError(1, ErrorClass.CLIENT, reason, RawJson.of(details), false));
    }

    private static long bytes(String worker, Optional<JobError> error) {
        OpenJob job = job();
        job.ended(attempt(1, worker, error));
        return job.endedBytes();
    }

    @Test
    @DisplayName("FIN-10: the last attempts are kept, and counted in bytes")
    void lastAttempts() {
        OpenJob all = job();
        OpenJob last = job();
        for (int i = 1; i <= Attempt.KEPT + 50; i++) {
            Attempt attempt = attempt(i, "w".repeat(i), i % 2 == 0 ? Optional.empty() : error("r".repeat(i), "[]"));
            all.ended(attempt);
            if (i > 50) {
                last.ended(attempt);
            }
        }
        assertThat(all.ended()).hasSize(Attempt.KEPT).isEqualTo(last.ended());
        assertThat(all.endedBytes()).isEqualTo(last.endedBytes()).isPositive();
    }

    @Test
    @DisplayName("the bytes of an attempt have room for every text, however it is escaped")
    void bytesOfAnAttempt() {
        long plain = bytes("", Optional.empty());
        assertThat(plain).as("numbers, times and names").isGreaterThan(200);
        assertThat(bytes("w".repeat(100), Optional.empty()) - plain).isGreaterThanOrEqualTo(100 * ESCAPED);
        long withError = bytes("", error("", "0"));
        assertThat(withError - plain).isGreaterThan(100);
        assertThat(bytes("", error("r".repeat(100), "0")) - withError).isGreaterThanOrEqualTo(100 * ESCAPED);
        assertThat(bytes("", error("", "1".repeat(101))) - withError).isGreaterThanOrEqualTo(100 * ESCAPED);
    }

    @Test
    @DisplayName("FIN-9: an attempt of a former process has lasted as long as the wall clock says, within reason")
    void startOfAnAttemptOfAFormerProcess() {
        long nanos = Duration.ofDays(40_000).toNanos();
        assertThat(Running.startedNanos(1_000, 3_500, nanos)).isEqualTo(nanos - 2_500_000_000L);
        assertThat(Running.startedNanos(3_500, 1_000, nanos))
                .as("the clock was set back")
                .isEqualTo(nanos);
        assertThat(Running.startedNanos(Long.MIN_VALUE / 2, 0, 0))
                .as("200 years ago at most")
                .isEqualTo(-Duration.ofDays(73_000).toNanos());
    }
}
