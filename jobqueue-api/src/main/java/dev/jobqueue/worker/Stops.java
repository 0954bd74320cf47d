package dev.jobqueue.worker;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.LibraryError;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops single attempts: by what the store says, by the fence (WRK-1), by the timeout of the job, and at the limit of a stop. Guarded by {@link CoreLock}.
 *
 * <p>An attempt that is <em>over</em> sends nothing any more (WRK-2). One whose handler does not return within the grace is <em>detached</em>: ended without
 * it.
 */
final class Stops {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final Settings settings;
    private final CoreLock lock;
    private final Alarm alarm;
    private final Attempts attempts;
    private final Waiting waiting;
    private final Outbox outbox;
    private final Announcer announcer;

    Stops(
            Settings settings,
            CoreLock lock,
            Alarm alarm,
            Attempts attempts,
            Waiting waiting,
            Outbox outbox,
            Announcer announcer) {
        this.settings = settings;
        this.lock = lock;
        this.alarm = alarm;
        this.attempts = attempts;
        this.waiting = waiting;
        this.outbox = outbox;
        this.announcer = announcer;
    }

    /** What the store says to a heartbeat or report. While a finish is under way, its own answer comes first: it may be why the token is lost. */
    void heard(Run<?, ?> run, TokenAnswer answer, long sentAt) {
        if (run.over) {
            return;
        }
        if (answer.verdict() == Verdict.CONTINUE) {
            if (sentAt - run.confirmedAt > 0) {
                run.confirmedAt = sentAt;
            }
        } else if (run.sent) {
            run.heardWhileSent = answer;
        } else {
            answer.cancelReason().ifPresent(reason -> run.cancelReason = reason);
            over(run, answer.verdict() == Verdict.CANCELED ? StopReason.CANCELED : StopReason.LOST);
        }
    }

    boolean fencePassed(Run<?, ?> run, long now) {
        return now - run.confirmedAt > settings.fenceNanos();
    }

    /** Whether {@link #look} would find something; may be asked without the lock. */
    boolean mustLook(Run<?, ?> run, long now) {
        return fencePassed(run, now) || timedOut(run, now);
    }

    private static boolean timedOut(Run<?, ?> run, long now) {
        return run.hasTimeout && now - run.timeoutAt >= 0;
    }

    /** What the clock says of an attempt holds at once, however late its lane is (WRK-1). */
    void look(Run<?, ?> run, long now) {
        if (run.over || run.outcome != null) {
            return;
        }
        if (fencePassed(run, now)) {
            long silent = TimeUnit.NANOSECONDS.toMillis(now - run.confirmedAt);
            lock.later(() -> LOG.warn(
                    "Job {} ({}), attempt {} is given up: no heartbeat was confirmed for {} ms",
                    run.job.id(),
                    run.job.type(),
                    run.job.attempt(),
                    silent));
            over(run, StopReason.LOST);
        } else if (timedOut(run, now)) {
            stop(run, StopReason.TIMED_OUT);
        }
    }

    /** Nothing more is sent for the attempt; its handler, if it runs, must stop. */
    void over(Run<?, ?> run, StopReason reason) {
        run.over = true;
        run.progress = null;
        if (run.stage == Run.Stage.RUNNING) {
            stop(run, reason);
            // A handler that was told to stop before learns that its attempt is over as well.
            run.stop = reason;
            if (run.detached) {
                announcer.over(run);
            }
            return;
        }
        if (run.stage == Run.Stage.WAITING) {
            run.stage = Run.Stage.RETURNED;
            waiting.remove(run);
        }
        run.stop = reason;
        announcer.over(run);
        attempts.forget(run);
    }

    private void stop(Run<?, ?> run, StopReason reason) {
        if (run.stop != null) {
            return;
        }
        run.stop = reason;
        if (reason == StopReason.TIMED_OUT || reason == StopReason.WORKER_STOPPED) {
            returnUntil(run, settings.now() + settings.graceNanos());
        }
        announcer.stop(run, reason, settings.interrupt());
    }

    private void returnUntil(Run<?, ?> run, long at) {
        run.hasDeadlineToReturn = true;
        run.abandonAt = at;
        alarm.set(at);
    }

    /** Starts to watch an attempt whose handler starts. */
    void watch(Run<?, ?> run, long now) {
        run.job.job().options().timeout().ifPresent(timeout -> {
            run.timeoutAt = now + timeout.toNanos();
            run.hasTimeout = true;
            alarm.set(run.timeoutAt);
        });
        setFence(run);
    }

    private void setFence(Run<?, ?> run) {
        if (settings.fenceNanos() != Settings.NO_FENCE) {
            alarm.set(run.confirmedAt + settings.fenceNanos() + 1);
        }
    }

    /** What the clock says of an attempt whose handler runs but was told to stop, and when to look again. */
    void work(Run<?, ?> run, long now) {
        if (run.hasDeadlineToReturn && !run.detached) {
            if (now - run.abandonAt >= 0) {
                abandon(run);
            } else {
                alarm.set(run.abandonAt);
            }
        }
        if (!run.over && !run.detached) {
            setFence(run);
            if (run.hasTimeout && run.stop == null) {
                alarm.set(run.timeoutAt);
            }
        }
    }

    /** The limit of a stop has passed, at this time (WRK-3). */
    void workerStopped(Run<?, ?> run, long stopAt) {
        if (!run.hasDeadlineToReturn) {
            stop(run, StopReason.WORKER_STOPPED);
            if (!run.hasDeadlineToReturn) {
                returnUntil(run, stopAt + settings.graceNanos());
            }
        }
    }

    /** Ends the attempt without its handler, which keeps its slot until it returns. */
    private void abandon(Run<?, ?> run) {
        run.detached = true;
        lock.later(() -> LOG.warn("The handler of job {} ({}) does not stop", run.job.id(), run.job.type()));
        if (run.over) {
            announcer.over(run);
        } else {
            outbox.post(run, run.stop == StopReason.TIMED_OUT ? timedOut(run) : new JobOutcome.Released(Duration.ZERO));
        }
    }

    /** The handler has returned; what it gives counts only if it may. */
    void returned(Run<?, ?> run, JobOutcome outcome, long now) {
        if (run.detached) {
            attempts.forget(run);
            return;
        }
        if (run.over) {
            announcer.over(run);
            attempts.forget(run);
            return;
        }
        look(run, now);
        if (run.over) {
            return;
        }
        StopReason stop = run.stop;
        if (stop == StopReason.TIMED_OUT) {
            outbox.post(run, timedOut(run));
        } else if (stop == StopReason.WORKER_STOPPED && !(outcome instanceof JobOutcome.Succeeded)) {
            outbox.post(run, new JobOutcome.Released(Duration.ZERO));
        } else {
            outbox.post(run, outcome);
        }
    }

    private static JobOutcome timedOut(Run<?, ?> run) {
        Duration timeout = run.job.job().options().timeout().orElseThrow();
        return new JobOutcome.Failed(
                JobError.of(LibraryError.TIMED_OUT, "the attempt took longer than its timeout of " + timeout));
    }
}
