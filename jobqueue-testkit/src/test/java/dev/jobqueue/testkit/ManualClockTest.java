package dev.jobqueue.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    private static final Instant START = Instant.parse("2026-11-22T00:00:00Z");

    private final ManualClock clock = new ManualClock(START);

    @Test
    void standsStillByItself() {
        assertThat(clock.now()).isEqualTo(START);
        assertThat(clock.now()).isEqualTo(START);
        assertThat(clock.nanoTime()).isEqualTo(clock.nanoTime());
    }

    @Test
    void advanceMovesBothParts() {
        long before = clock.nanoTime();

        clock.advance(Duration.ofSeconds(3).plusNanos(7));

        assertThat(clock.now()).isEqualTo(START.plusSeconds(3).plusNanos(7));
        assertThat(clock.nanoTime() - before).isEqualTo(3_000_000_007L);
    }

    @Test
    void stepMovesOnlyTheWallClockEitherWay() {
        long before = clock.nanoTime();

        clock.stepWall(Duration.ofHours(-2));
        assertThat(clock.now()).isEqualTo(START.minusSeconds(7_200));
        clock.stepWall(Duration.ofHours(3));

        assertThat(clock.now()).isEqualTo(START.plusSeconds(3_600));
        assertThat(clock.nanoTime()).isEqualTo(before);
    }

    @Test
    void timeDoesNotPassBackward() {
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stepWall");
        assertThat(clock.now()).isEqualTo(START);
    }

    @Test
    void advancesOfManyThreadsAddUp() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(new Thread(() -> {
                for (int n = 0; n < 10_000; n++) {
                    clock.advance(Duration.ofMillis(1));
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(clock.now()).isEqualTo(START.plusSeconds(40));
        assertThat(clock.nanoTime()).isEqualTo(Duration.ofSeconds(40).toNanos());
    }
}
