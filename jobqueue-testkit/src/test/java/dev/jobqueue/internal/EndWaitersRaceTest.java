package dev.jobqueue.internal;

import dev.jobqueue.JobId;
import dev.jobqueue.spi.Changes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One thread ends a job, the others wait for its end. A wake-up that is lost is reported as hung. */
public class EndWaitersRaceTest {
    private static final JobId ID = JobId.create();
    private static final Changes END = new Changes(Map.of(), Set.of(), List.of(ID), false);

    private final EndWaiters waiters = new EndWaiters();
    private volatile boolean ended;

    @Operation
    public boolean endOrAwait(@Param(gen = ThreadIdGen.class) int thread) throws InterruptedException {
        if (thread == 1) {
            ended = true;
            waiters.changed(END);
            return true;
        }
        return waiters.await(ID, Duration.ofHours(1), () -> Optional.of(ended).filter(yes -> yes))
                .isPresent();
    }

    /** In the end all know of it. */
    public static class Informed {
        /** Waits for nothing. */
        public boolean endOrAwait(int thread) {
            return true;
        }
    }

    @Test
    @DisplayName("QRY-6: the end of a job wakes two who wait for it, in many interleavings")
    void noEndIsMissed() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(1)
                .invocationsPerIteration(1_000)
                .sequentialSpecification(Informed.class)
                .check(EndWaitersRaceTest.class);
    }
}
