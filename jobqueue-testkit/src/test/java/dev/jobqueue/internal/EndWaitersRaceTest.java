package dev.jobqueue.internal;

import dev.jobqueue.JobId;
import dev.jobqueue.spi.Changes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each caller ends a job and then waits for the end of the one before, which another may be about to end. A wake-up that is lost is reported as hung. */
public class EndWaitersRaceTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final int JOBS = 4;

    private final EndWaiters waiters = new EndWaiters();
    private final AtomicInteger last = new AtomicInteger();
    /** By number; not 0 for one that has ended. The first has ended before the others. */
    private final AtomicIntegerArray ended = new AtomicIntegerArray(JOBS);

    public EndWaitersRaceTest() {
        ended.set(0, 1);
    }

    private static JobId id(int number) {
        return new JobId(new UUID(0, number));
    }

    @Operation
    public int endOneAwaitTheOther() throws InterruptedException {
        int mine = last.incrementAndGet();
        ended.set(mine, 1);
        waiters.changed(new Changes(Map.of(), Set.of(), List.of(id(mine)), false));
        return waiters.await(id(mine - 1), LONG, () -> Optional.of(mine).filter(any -> ended.get(mine - 1) != 0))
                .orElse(0);
    }

    @Test
    @DisplayName("QRY-6: two callers, in many interleavings: the end that each waits for wakes him")
    void noEndIsMissed() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(1)
                .invocationsPerIteration(2_000)
                .check(EndWaitersRaceTest.class);
    }
}
