package dev.jobqueue.testkit.model;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * A store gives the same answers as {@link dev.jobqueue.testkit.InMemoryJobStore} to any program: inserts, claims, finishes, heartbeats, cancels,
 * sweeps, prunes, pauses, steps of both clocks, and restarts if the store has them. All that the SPI fixes is compared: answers, changes for waiters,
 * and, after each operation, what can be read.
 *
 * <p>Extend it beside the contract tests:
 *
 * <pre>{@code
 * class MyStoreProperties extends JobStoreModel {
 *     @Override
 *     protected JobStore openStore(StoreClock clock) { ... }
 * }
 * }</pre>
 *
 * <p>A failure prints a short program and the first difference, and the seed that {@code @Property(seed = "...")} repeats. How many programs run is
 * jqwik's setting {@code jqwik.tries.default}, 1,000 by default, in {@code junit-platform.properties} or as a system property, also on the command
 * line of Maven. {@code jqwik.database =} in that file, with no value, keeps jqwik from writing a file of failed runs.
 */
public abstract class JobStoreModel {
    /** A new, empty store that tells the time by {@code clock}. */
    protected abstract JobStore openStore(StoreClock clock) throws Exception;

    /**
     * Closes the store and opens it again on what it kept, with the same clock.
     *
     * @return the store opened again; empty, as by default, if this store keeps nothing
     */
    protected Optional<JobStore> reopen(JobStore store, StoreClock clock) throws Exception {
        return Optional.empty();
    }

    /** Ends the use of a store, after each program: by default closes it. Override to remove its files too. */
    protected void discard(JobStore store) throws Exception {
        store.close();
    }

    /** The property; called by jqwik. */
    @Property
    @Label("any program has the answers of the reference store")
    public void anyProgramHasTheAnswersOfTheReferenceStore(@ForAll("programs") Program program) throws Exception {
        ModelRun.of(this, program);
    }

    /** The programs of the property; called by jqwik. */
    @Provide
    public Arbitrary<Program> programs() {
        return Programs.all();
    }
}
