package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners and the log how an attempt has ended: once, behind everything else that is told of it. Guarded by {@link CoreLock}. */
final class Announcer {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final CoreLock lock;
    private final Listeners listeners;

    Announcer(CoreLock lock, Listeners listeners) {
        this.lock = lock;
        this.listeners = listeners;
    }

    /** The store has acknowledged the end, so it may be told. */
    void ended(Run<?, ?> run) {
        JobOutcome outcome = requireNonNull(run.outcome);
        if (listeners.none()) {
            return;
        }
        AttemptInfo info = run.info();
        last(
                run,
                () -> listeners.tell(listener -> {
                    if (outcome instanceof JobOutcome.Succeeded) {
                        listener.succeeded(info);
                    } else if (outcome instanceof JobOutcome.Failed failed) {
                        listener.failed(info, failed.error());
                    } else if (outcome instanceof JobOutcome.Released released) {
                        listener.released(info, released.delay());
                    }
                }));
    }

    /** The attempt is not ours any more. */
    void over(Run<?, ?> run) {
        AttemptInfo info = run.info();
        String reason = run.cancelReason;
        if (reason != null) {
            last(run, () -> {
                LOG.debug("Job {} ({}) was canceled: {}", info.id(), info.type(), reason);
                listeners.tell(listener -> listener.canceled(info, reason));
            });
        } else {
            last(run, () -> {
                LOG.warn("Attempt {} of job {} ({}) was lost", info.attempt(), info.id(), info.type());
                listeners.tell(listener -> listener.lost(info));
            });
        }
    }

    private void last(Run<?, ?> run, Runnable tell) {
        if (run.signaling) {
            run.afterSignal = tell;
        } else {
            lock.later(tell);
        }
    }

    /** Tells the handler to stop. */
    void stop(Run<?, ?> run, StopReason reason, boolean interrupt) {
        run.signaling = true;
        AttemptInfo info = run.info();
        lock.later(() -> {
            LOG.debug("Job {} ({}) must stop: {}", info.id(), info.type(), reason);
            listeners.tell(listener -> listener.stopRequested(info, reason));
            run.signal.send(interrupt);
            lock.enter();
            try {
                run.signaling = false;
                if (run.afterSignal != null) {
                    lock.later(run.afterSignal);
                    run.afterSignal = null;
                }
            } finally {
                lock.leave();
            }
        });
    }
}
