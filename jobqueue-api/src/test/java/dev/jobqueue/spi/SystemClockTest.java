package dev.jobqueue.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SystemClockTest {
    @Test
    @DisplayName("HB-3: the clocks of the machine tell its time, and one that only goes on")
    void tellsTheTime() {
        StoreClock clock = StoreClock.system();
        Instant before = Instant.now().minusMillis(1);
        assertThat(clock.now()).isBetween(before, Instant.now());
        assertThat(clock.instant()).isBetween(before, Instant.now());
        long start = clock.nanoTime();
        Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> clock.nanoTime() - start > 0);
    }
}
