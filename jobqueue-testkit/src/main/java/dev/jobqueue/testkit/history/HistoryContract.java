package dev.jobqueue.testkit.history;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.contract.Fault;
import dev.jobqueue.testkit.contract.Level;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules that many threads and processes could break together, checked on the history of their calls. Extend it beside
 * {@link dev.jobqueue.testkit.contract.JobQueueContract}, with the same fixture:
 *
 * <pre>{@code
 * class MyStoreHistoryTest extends HistoryContract {
 *     @Override
 *     protected StoreFixture newFixture() {
 *         return new MyFixture();
 *     }
 * }
 * }</pre>
 *
 * <p>Uses the clocks of the machine. A failure is a real one and names the seed of its load; the same seed gives the same load, but not the same
 * moments. {@code -Djobqueue.kit.effort=10} runs ten loads for each test, {@code -Djobqueue.kit.seed=42} runs this one.
 */
@Tag(Level.STOCHASTIC)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
public abstract class HistoryContract {
    private static final int SIZE = 48;
    private static final String RULES =
            "DEQ-1, DEQ-2, DEQ-5, DEP-1, DEP-3, DEP-5, ENQ-1, FIN-1, FIN-8, CAN-1, CAN-3, HB-2, QRY-6";

    /** A fixture for one test, with data of its own. */
    protected abstract StoreFixture newFixture() throws Exception;

    static LongStream seeds() {
        Long seed = Long.getLong("jobqueue.kit.seed");
        return seed == null ? new Random().longs(Integer.getInteger("jobqueue.kit.effort", 1)) : LongStream.of(seed);
    }

    @ParameterizedTest(name = RULES + ": threads that do everything at once, seed {0}")
    @MethodSource("seeds")
    @Tag(Level.MUST)
    @DisplayName(RULES + ": threads that do everything at once")
    void threads(long seed) throws Exception {
        check(newFixture(), seed, run -> {});
    }

    @ParameterizedTest(name = "DUR-1, DUR-5, " + RULES + ": the store is closed and killed under the load, seed {0}")
    @MethodSource("seeds")
    @Tag(Level.OPTIONAL)
    @DisplayName("DUR-1, DUR-5, " + RULES + ": the store is closed and killed under the load")
    void reopening(long seed) throws Exception {
        StoreFixture fixture = newFixture();
        assume(fixture, fixture.capabilities().contains(Capability.DURABLE), "the store is not durable");
        check(fixture, seed, run -> {
            for (int percent = 20; percent < 90; percent += 20) {
                run.awaitProduced(percent);
                run.reopen(fixture.canKill() && percent % 40 == 0);
            }
        });
    }

    @ParameterizedTest(name = "DUR-2, " + RULES + ": the faults of the fixture strike under the load, seed {0}")
    @MethodSource("seeds")
    @Tag(Level.OPTIONAL)
    @DisplayName("DUR-2, " + RULES + ": the faults of the fixture strike under the load")
    void faults(long seed) throws Exception {
        StoreFixture fixture = newFixture();
        List<Fault> faults = fixture.faults();
        assume(fixture, !faults.isEmpty(), "the fixture has no faults");
        check(fixture, seed, run -> {
            for (int i = 0; i < faults.size(); i++) {
                run.awaitProduced(10 + 80 * i / faults.size());
                strike(faults.get(i));
            }
        });
    }

    @ParameterizedTest(name = RULES + ": several processes, one of which is killed, seed {0}")
    @MethodSource("seeds")
    @Tag(Level.OPTIONAL)
    @DisplayName(RULES + ": several processes, one of which is killed")
    void processes(long seed) throws Exception {
        StoreFixture fixture = newFixture();
        assume(fixture, fixture.child().isPresent(), "the fixture starts no processes");
        try (Processes processes = new Processes(fixture.child().orElseThrow(), fixture.soon(), seed, SIZE)) {
            check(fixture, seed, run -> {
                processes.start();
                run.awaitProduced(30);
                processes.killOne();
                processes.awaitProduced();
                run.beforeTheCheck(() -> run.add(processes.stop()));
            });
        }
    }

    private static void strike(Fault fault) throws Exception {
        try {
            fault.strike().run();
            fault.heal().run();
        } catch (Exception e) {
            throw new IllegalStateException("the fixture could not make the fault: " + fault.name(), e);
        }
    }

    private static void assume(StoreFixture fixture, boolean holds, String otherwise) throws Exception {
        if (!holds) {
            fixture.close();
        }
        assumeThat(holds).as(otherwise).isTrue();
    }

    private static void check(StoreFixture fixture, long seed, HistoryRun.Middle middle) throws Exception {
        try {
            try (HistoryRun run = new HistoryRun(fixture, seed)) {
                HistoryRun.assertNone(run.run(SIZE, middle), seed);
            }
        } finally {
            fixture.close();
        }
    }
}
