package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The worker threads of this process. */
final class Workers implements AutoCloseable {
    private final ExecutorService executor;
    private final List<Future<?>> workers = new ArrayList<>();

    private Workers(int threads) {
        executor = Executors.newFixedThreadPool(threads);
    }

    static Workers start(int threads, JobQueue queue, String channel, Progress progress) {
        Workers workers = new Workers(threads);
        for (int i = 0; i < threads; i++) {
            workers.workers.add(workers.executor.submit(new Worker(queue, channel, progress)));
        }
        return workers;
    }

    /** Throws what has ended a worker. */
    void check() throws ExecutionException, InterruptedException {
        for (Future<?> worker : workers) {
            if (worker.isDone()) {
                worker.get();
            }
        }
    }

    /** Interrupts the workers, which wait for jobs or have failed, and waits for their end. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            executor.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
