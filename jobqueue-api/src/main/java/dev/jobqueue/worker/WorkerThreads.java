package dev.jobqueue.worker;

import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Drives a {@link WorkerCore} with one thread for each lane, and runs the handlers on an executor. */
final class WorkerThreads {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final WorkerCore core;
    private final Executor executor;
    private final @Nullable ExecutorService own;
    private final List<Thread> threads = new ArrayList<>();

    /** @param given runs the handlers; without one there are threads of our own */
    WorkerThreads(Settings settings, Listeners listeners, @Nullable Executor given) {
        String name = settings.name().orElseGet(() -> "jobqueue-worker-" + NUMBERS.incrementAndGet());
        if (given == null) {
            own = ownThreads(name);
            executor = own;
        } else {
            own = null;
            executor = given;
        }
        core = new WorkerCore(settings, listeners, this::launch);
        // The process lives as long as its workers do, and the handlers end with it: one thread is enough for that.
        add(name + "-claim", this::claims, false);
        add(name + "-ahead", () -> calls(Lane.AHEAD), true);
        add(name + "-finish", () -> calls(Lane.FINISH), true);
        add(name + "-heartbeat", () -> calls(Lane.HEARTBEAT), true);
        add(name + "-report", () -> calls(Lane.REPORT), true);
        add(name + "-clock", core::runClock, true);
    }

    private static ExecutorService ownThreads(String name) {
        AtomicInteger count = new AtomicInteger();
        return Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private void add(String name, Runnable work, boolean daemon) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(daemon);
        threads.add(thread);
    }

    WorkerCore core() {
        return core;
    }

    void start() {
        threads.forEach(Thread::start);
    }

    private void launch() {
        try {
            executor.execute(core::slot);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Shut down, full, or no thread to be had.
            core.slotRefused(e);
        }
    }

    private void calls(Lane lane) {
        for (Call<?> call = core.await(lane); call != null; call = core.await(lane)) {
            call.run();
        }
    }

    private void claims() {
        for (Call<?> call = core.await(Lane.CLAIM); call != null; call = core.await(Lane.CLAIM)) {
            claim((ClaimCall) call);
        }
        // What came when nobody waited for it any more.
        core.awaitStopped();
        for (Call<?> call = core.take(Lane.FINISH); call != null; call = core.take(Lane.FINISH)) {
            call.run();
        }
    }

    private static void claim(ClaimCall call) {
        List<RunningJob<RawJson, RawJson>> jobs;
        try {
            jobs = call.sendAndWait();
        } catch (RuntimeException e) {
            call.failed(e);
            return;
        } catch (InterruptedException e) {
            call.withdrawn();
            return;
        }
        call.answered(jobs);
    }

    /** Waits until the worker has stopped and its threads have ended. */
    void awaitStopped() {
        core.awaitStopped();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive() && thread != Thread.currentThread()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (own != null) {
            own.shutdown();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
