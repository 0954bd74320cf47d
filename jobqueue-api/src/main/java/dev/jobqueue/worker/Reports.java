package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends progress: of each attempt the first at once, then the last one of each half second (FIN-5). Guarded by {@link CoreLock}. */
final class Reports {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Settings settings;
    private final CoreLock lock;
    private final Listeners listeners;
    private final Stops stops;
    private final Retry retry;
    /** Those with progress that waits to be sent. */
    private final Deque<Run<?, ?>> runs = new ArrayDeque<>();

    private boolean underWay;

    Reports(Settings settings, CoreLock lock, Listeners listeners, Stops stops) {
        this.settings = settings;
        this.lock = lock;
        this.listeners = listeners;
        this.stops = stops;
        retry = new Retry(settings, lock, "Progress could not be stored");
    }

    void report(Run<?, ?> run, RawJson progress) {
        if (!wanted(run) || run.stop != null) {
            return;
        }
        if (run.progress == null && !run.reporting) {
            runs.addLast(run);
        }
        run.progress = progress;
        lock.wake(Lane.REPORT);
    }

    private static boolean wanted(Run<?, ?> run) {
        return !run.over && run.outcome == null && run.stage == Run.Stage.RUNNING;
    }

    @Nullable
    Call<?> next() {
        if (underWay || runs.isEmpty() || retry.mustWait()) {
            return null;
        }
        runs.removeIf(run -> !wanted(run));
        long now = settings.now();
        for (Run<?, ?> run : runs) {
            if (now - run.reportAt >= 0) {
                runs.remove(run);
                RawJson progress = requireNonNull(run.progress);
                run.progress = null;
                run.reporting = true;
                underWay = true;
                return new ReportCall(run, progress);
            }
        }
        return null;
    }

    Optional<Long> wakeAt() {
        if (underWay) {
            return Optional.empty();
        }
        if (retry.mustWait()) {
            return retry.at();
        }
        long now = settings.now();
        return runs.stream().map(run -> run.reportAt - now).min(Long::compare).map(wait -> now + wait);
    }

    private final class ReportCall extends Call<TokenAnswer> {
        private final Run<?, ?> run;
        private final RawJson progress;
        private final long sentAt = settings.now();

        ReportCall(Run<?, ?> run, RawJson progress) {
            this.run = run;
            this.progress = progress;
        }

        @Override
        TokenAnswer send() {
            return listeners.timed(StoreCall.REPORT, 1, () -> settings.queue().report(run.job.token(), progress));
        }

        @Override
        void answered(TokenAnswer answer) {
            lock.enter();
            try {
                retry.succeeded();
                stops.heard(run, answer, sentAt);
                goOn();
            } finally {
                lock.leave();
            }
        }

        @Override
        void failed(RuntimeException failure) {
            lock.enter();
            try {
                retry.failed(failure);
                if (run.progress == null && !run.over) {
                    run.progress = progress;
                }
                goOn();
            } finally {
                lock.leave();
            }
        }

        private void goOn() {
            underWay = false;
            run.reporting = false;
            run.reportAt = settings.now() + INTERVAL_NANOS;
            if (run.progress != null && !run.over) {
                runs.addLast(run);
            }
            lock.wake(Lane.REPORT);
        }
    }
}
