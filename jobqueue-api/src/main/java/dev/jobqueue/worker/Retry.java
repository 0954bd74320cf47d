package dev.jobqueue.worker;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When calls of one kind are tried again after failures: the first wait doubled each time, a fifth of it left to chance. Guarded by {@link CoreLock}. */
final class Retry {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);
    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Settings settings;
    private final CoreLock lock;
    private final String what;
    private final long first;
    private final long last;
    private int failures;
    private long at;

    /** @param what says in the log what went wrong */
    Retry(Settings settings, CoreLock lock, String what) {
        this(settings, lock, what, FIRST_NANOS, LAST_NANOS);
    }

    Retry(Settings settings, CoreLock lock, String what, long first, long last) {
        this.settings = settings;
        this.lock = lock;
        this.what = what;
        this.first = Math.min(first, last);
        this.last = last;
    }

    void failed(RuntimeException failure) {
        postpone();
        lock.later(() -> {
            LOG.warn("{}, trying again: {}", what, failure.toString());
            LOG.debug("Cause", failure);
        });
    }

    /** Waits as after a failure. */
    void postpone() {
        long wait = Math.min(last, first << Math.min(20, failures++));
        at = settings.now() + (long) (wait * (1 - 0.2 * settings.jitter().getAsDouble()));
    }

    void succeeded() {
        failures = 0;
    }

    boolean mustWait() {
        return failures > 0 && settings.now() - at < 0;
    }

    /** When to try again, if there is anything to wait for. */
    Optional<Long> at() {
        return mustWait() ? Optional.of(at) : Optional.empty();
    }
}
