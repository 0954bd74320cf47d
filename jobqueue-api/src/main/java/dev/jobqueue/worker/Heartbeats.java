package dev.jobqueue.worker;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One heartbeat call in an interval for all attempts, and those that a handler asks for. Guarded by {@link CoreLock}. */
final class Heartbeats {
    private static final int MOST_TOKENS = 10_000;

    private final Settings settings;
    private final CoreLock lock;
    private final Listeners listeners;
    private final Attempts attempts;
    private final Stops stops;
    private final Shutdown shutdown;
    private final Retry retry;
    private boolean underWay;
    private long nextAt;

    Heartbeats(
            Settings settings, CoreLock lock, Listeners listeners, Attempts attempts, Stops stops, Shutdown shutdown) {
        this.settings = settings;
        this.lock = lock;
        this.listeners = listeners;
        this.attempts = attempts;
        this.stops = stops;
        this.shutdown = shutdown;
        retry = new Retry(settings, lock, "Heartbeats failed", TimeUnit.SECONDS.toNanos(1), settings.heartbeatNanos());
    }

    /** The worker had no job and has some now, taken at this time. */
    void begin(long now) {
        nextAt = now + settings.heartbeatNanos();
        lock.wake(Lane.HEARTBEAT);
    }

    @Nullable
    Call<?> next() {
        if (underWay || attempts.isEmpty() || settings.now() - nextAt < 0) {
            return null;
        }
        List<Run<?, ?>> alive = attempts.alive();
        nextAt = settings.now() + settings.heartbeatNanos();
        if (alive.isEmpty()) {
            return null;
        }
        underWay = true;
        return new HeartbeatCall(alive);
    }

    Optional<Long> wakeAt() {
        return underWay || attempts.isEmpty() ? Optional.empty() : Optional.of(nextAt);
    }

    /** A heartbeat of one attempt, in the thread of its handler. Called without the lock. */
    void confirm(Run<?, ?> run) {
        long sentAt = settings.now();
        List<TokenAnswer> answers =
                listeners.timed(StoreCall.HEARTBEAT, 1, () -> settings.queue().heartbeat(List.of(run.job.token())));
        lock.enter();
        try {
            stops.heard(run, answers.get(0), sentAt);
        } finally {
            lock.leave();
        }
    }

    private final class HeartbeatCall extends Call<List<TokenAnswer>> {
        private final List<Run<?, ?>> alive;
        private final long sentAt = settings.now();

        HeartbeatCall(List<Run<?, ?>> alive) {
            this.alive = alive;
        }

        @Override
        List<TokenAnswer> send() {
            return listeners.timed(StoreCall.HEARTBEAT, alive.size(), () -> {
                List<TokenAnswer> answers = new ArrayList<>(alive.size());
                for (int from = 0; from < alive.size(); from += MOST_TOKENS) {
                    List<JobToken> tokens = alive.subList(from, Math.min(alive.size(), from + MOST_TOKENS)).stream()
                            .map(run -> run.job.token())
                            .toList();
                    answers.addAll(settings.queue().heartbeat(tokens));
                }
                return answers;
            });
        }

        @Override
        void answered(List<TokenAnswer> answers) {
            lock.enter();
            try {
                underWay = false;
                retry.succeeded();
                for (int i = 0; i < alive.size(); i++) {
                    stops.heard(alive.get(i), answers.get(i), sentAt);
                }
                lock.wake(Lane.HEARTBEAT);
            } finally {
                lock.leave();
            }
        }

        @Override
        void failed(RuntimeException failure) {
            lock.enter();
            try {
                underWay = false;
                if (failure instanceof JobQueueException.Closed) {
                    shutdown.queueClosed();
                } else {
                    retry.failed(failure);
                    nextAt = retry.at().orElse(settings.now());
                    lock.wake(Lane.HEARTBEAT);
                }
            } finally {
                lock.leave();
            }
        }
    }
}
