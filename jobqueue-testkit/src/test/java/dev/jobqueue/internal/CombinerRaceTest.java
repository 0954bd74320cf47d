package dev.jobqueue.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Calls through a combiner are as if each were made alone, one after the other; and each is answered. */
public class CombinerRaceTest {
    private int total;

    private final Combiner<Integer, Integer> combiner =
            new Combiner<>(true, 2, item -> 1, Duration.ofHours(1), Duration.ZERO, this::add);

    /** Not thread-safe: while nobody loses patience there is one call at a time. */
    private List<Integer> add(List<Integer> items) {
        List<Integer> totals = new ArrayList<>();
        for (int item : items) {
            total += item;
            totals.add(total);
        }
        return totals;
    }

    @Operation
    public int add(@Param(gen = IntGen.class, conf = "1:9") int item) {
        return combiner.call(List.of(item)).get(0);
    }

    @Test
    @DisplayName("three callers, in many interleavings")
    void isLinearizable() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(2)
                .invocationsPerIteration(200)
                .check(CombinerRaceTest.class);
    }
}
