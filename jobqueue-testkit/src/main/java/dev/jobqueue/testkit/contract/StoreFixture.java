package dev.jobqueue.testkit.contract;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the stores under test come from. Each test has a fixture of its own, with a data set of its own that is empty at first.
 *
 * <p>Tests of several threads open one store and share it, so only that store need be thread-safe.
 */
public interface StoreFixture {
    /** What the stores are expected to declare in their traits, and what is tested of it. */
    Set<Capability> capabilities();

    /**
     * Opens a store on the data of this fixture. A durable store is opened again after its close; a shared one also while others are open; any other
     * store is opened once.
     *
     * @param clock the time of the store, often moved by the test; a store on a server makes its server follow it
     */
    JobStore open(StoreClock clock) throws Exception;

    /** Whether {@link #kill} can be called. */
    default boolean canKill() {
        return false;
    }

    /** Ends a durable store as a kill of its process does: nothing more is written, nothing is closed in order, and the data can be opened again. */
    default void kill(JobStore store) throws Exception {
        throw new UnsupportedOperationException("this fixture cannot kill a store");
    }

    /** Whether listeners of a shared store are told what other openings change, soon after; if not, only polls find it. */
    default boolean tellsOthers() {
        return true;
    }

    /** What can happen below the stores while many threads use them; none by default. */
    default List<Fault> faults() {
        return List.of();
    }

    /** How another process opens a shared store on the same data; empty, the default, if the kit shall not start processes. */
    default Optional<ChildStore> child() {
        return Optional.empty();
    }

    /** How long to wait for what must come. Only a failing test waits so long. */
    default Duration soon() {
        return Duration.ofSeconds(20);
    }

    /** How long to watch for what must not come. */
    default Duration quiet() {
        return Duration.ofMillis(150);
    }

    /** How many jobs the large graphs have. */
    default int scale() {
        return 100_000;
    }

    /** Removes the data; all stores have been closed. */
    void close() throws Exception;

    /** Opens a store on the data in a directory, which exists and is empty at first. */
    @FunctionalInterface
    interface Opener {
        /** As {@link StoreFixture#open}. */
        JobStore open(Path directory, StoreClock clock) throws Exception;
    }

    /** As {@link #inDirectory(Set, Opener, int)}, with large graphs of the full size. */
    static StoreFixture inDirectory(Set<Capability> capabilities, Opener opener) throws IOException {
        return inDirectory(capabilities, opener, 100_000);
    }

    /**
     * A fixture for stores on files: a new temporary directory, removed at the end.
     *
     * @param capabilities what such a store is expected to declare
     * @param scale how many jobs the large graphs have, at least 1,000
     */
    static StoreFixture inDirectory(Set<Capability> capabilities, Opener opener, int scale) throws IOException {
        return new DirectoryFixture(Files.createTempDirectory("jobqueue-test"), capabilities, opener, scale);
    }
}
