package dev.jobqueue.worker;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes jobs: at once in the lane of a driver, or waiting for the first one in a thread of its own. */
final class ClaimCall extends Call<List<RunningJob<RawJson, RawJson>>> {
    private final WorkerCore core;
    private final Settings settings;
    private final CoreLock lock;
    private final Listeners listeners;
    private final Claims claims;
    private final Slots slots;
    private final Claims.Plan plan;
    private final DequeueRequest request;
    private final long sentAt;
    private boolean waited;

    ClaimCall(
            WorkerCore core,
            Settings settings,
            CoreLock lock,
            Listeners listeners,
            Claims claims,
            Slots slots,
            Claims.Plan plan) {
        this.core = core;
        this.settings = settings;
        this.lock = lock;
        this.listeners = listeners;
        this.claims = claims;
        this.slots = slots;
        this.plan = plan;
        DequeueRequest wanted = DequeueRequest.of(new Selector(plan.types(), settings.channels()))
                .max(plan.most());
        request = settings.name().map(wanted::worker).orElse(wanted);
        sentAt = settings.now();
    }

    @Override
    List<RunningJob<RawJson, RawJson>> send() throws InterruptedException {
        return settings.queue().dequeueBatch(request.timeout(Duration.ZERO));
    }

    /**
     * Waits for jobs. A wait for some of the types is interrupted when a better one is possible; it starts with an attempt that cannot be interrupted, so
     * that a job is hardly ever taken only to be given back.
     */
    List<RunningJob<RawJson, RawJson>> sendAndWait() throws InterruptedException {
        if (!plan.all()) {
            List<RunningJob<RawJson, RawJson>> jobs = listeners.timed(StoreCall.DEQUEUE, plan.most(), this::sendNow);
            if (!jobs.isEmpty()) {
                return jobs;
            }
        }
        if (!beginWait()) {
            return List.of();
        }
        try {
            waited = true;
            return settings.queue().dequeueBatch(request);
        } finally {
            endWait();
        }
    }

    private List<RunningJob<RawJson, RawJson>> sendNow() {
        try {
            return send();
        } catch (InterruptedException e) {
            // Only a wait is interrupted by us, and it has not begun.
            return List.of();
        }
    }

    private boolean beginWait() {
        lock.enter();
        try {
            return claims.beginWait(plan);
        } finally {
            lock.leave();
        }
    }

    private void endWait() {
        lock.enter();
        try {
            claims.endWait();
        } finally {
            lock.leave();
        }
        // One that came too late.
        Thread.interrupted();
    }

    @Override
    void answered(List<RunningJob<RawJson, RawJson>> jobs) {
        long now = settings.now();
        List<Run<?, ?>> runs = new ArrayList<>(jobs.size());
        @Nullable TypeLoad load = null;
        for (RunningJob<RawJson, RawJson> job : jobs) {
            if (load == null || !load.name().equals(job.type())) {
                load = claims.load(job.type());
            }
            runs.add(run(load.registration, load, job, now));
        }
        if (!listeners.none()) {
            runs.forEach(run -> {
                AttemptInfo info = run.info();
                listeners.tell(listener -> listener.claimed(info));
            });
        }
        lock.enter();
        try {
            claims.taken(plan, runs, now);
            slots.launch();
        } finally {
            lock.leave();
        }
    }

    private <A, R> Run<A, R> run(
            Registration<A, R> registration, TypeLoad load, RunningJob<RawJson, RawJson> job, long now) {
        // When the claim was sent, or, if it waited, by what the job itself knows.
        long confirmedAt =
                waited ? now - job.sinceDequeue().orElse(Duration.ZERO).toNanos() : sentAt;
        return new Run<>(core, registration, load, job, now, confirmedAt);
    }

    @Override
    void withdrawn() {
        answered(List.of());
    }

    @Override
    void failed(RuntimeException failure) {
        lock.enter();
        try {
            claims.failed(plan, failure);
        } finally {
            lock.leave();
        }
    }
}
