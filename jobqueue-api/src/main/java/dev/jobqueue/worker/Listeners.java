package dev.jobqueue.worker;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls all listeners; what one throws harms nobody. Never called with a lock held. */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final List<WorkerListener> listeners;

    Listeners(List<WorkerListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    boolean none() {
        return listeners.isEmpty();
    }

    void tell(Consumer<WorkerListener> event) {
        for (WorkerListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException | LinkageError | AssertionError e) {
                LOG.warn(
                        "A listener of the worker failed: {}",
                        listener.getClass().getName(),
                        e);
            }
        }
    }

    /** Makes a call to the store and tells how it went. */
    <T> T timed(StoreCall call, int jobs, Supplier<T> work) {
        if (none()) {
            return work.get();
        }
        long start = System.nanoTime();
        @Nullable RuntimeException failure = null;
        try {
            return work.get();
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Optional<RuntimeException> thrown = Optional.ofNullable(failure);
            tell(listener -> listener.storeCalled(call, jobs, took, thrown));
        }
    }
}
