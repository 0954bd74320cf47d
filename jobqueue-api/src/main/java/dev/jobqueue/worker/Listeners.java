package dev.jobqueue.worker;

import java.util.List;
import java.util.function.Consumer;
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
}
