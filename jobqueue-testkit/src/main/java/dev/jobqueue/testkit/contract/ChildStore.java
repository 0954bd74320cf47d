package dev.jobqueue.testkit.contract;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.spi.JobStore;
import java.util.List;

/**
 * How a child process, with the class path of the test, opens a store on the data of a fixture.
 *
 * @param opener has a public constructor without parameters
 * @param arguments are passed to it, as words without control characters
 */
public record ChildStore(Class<? extends Opener> opener, List<String> arguments) {
    public ChildStore {
        requireNonNull(opener, "opener");
        arguments = List.copyOf(arguments);
    }

    /** Opens a store in another process. */
    @FunctionalInterface
    public interface Opener {
        /** Opens a store with the clocks of the machine. What else it opens ends with the process. */
        JobStore open(List<String> arguments) throws Exception;
    }
}
