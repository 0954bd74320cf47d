package dev.jobqueue.examples.composer.workerapi;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.examples.composer.http.ApiException;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that wait for a job, each with a thread of its own, so that waiting takes no thread from other requests.
 *
 * <p>A job belongs to its client when all of the answer has been written; before, it goes back to the queue at once if the client has gone, if the answer cannot be written, or
 * if this closes. A client that vanishes after that is noticed by its missing heartbeats.
 */
final class LongPolls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LongPolls.class);
    private static final String RETRY_AFTER_SECONDS = "10";

    private final JobQueue queue;
    private final ExecutorService threads = Executors.newCachedThreadPool(Threads.named("long-poll"));
    private final Set<Poll> polls = ConcurrentHashMap.newKeySet();
    private final AtomicInteger left = new AtomicInteger();
    private final int maxWaiting;
    private final Semaphore places;
    private volatile boolean closed;

    LongPolls(JobQueue queue, int maxWaiting) {
        this.queue = queue;
        this.maxWaiting = maxWaiting;
        places = new Semaphore(maxWaiting);
    }

    /**
     * Waits for a job and answers: 201 with the body that is made of it, or 204 without one if the time is up or this closes.
     *
     * @return done when the answer is written or the client has gone; fails if no job could be looked for
     * @throws ApiException if too many wait; nothing has changed
     */
    CompletableFuture<?> start(
            Context context, DequeueRequest request, Function<RunningJob<RawJson, RawJson>, byte[]> body) {
        if (!places.tryAcquire()) {
            context.header("Retry-After", RETRY_AFTER_SECONDS);
            String message = (maxWaiting + 1) + " requests for a job at once; at most " + maxWaiting + " may wait";
            throw ApiException.withDetails(WorkerError.TOO_MANY_WAITING, message, message);
        }
        context.header("Connection", "close");
        Poll poll = new Poll(context, request, body);
        polls.add(poll);
        try {
            return CompletableFuture.runAsync(poll, threads);
        } catch (RejectedExecutionException e) {
            // This closes.
            poll.end();
            context.status(204);
            return CompletableFuture.completedFuture(null);
        }
    }

    /** How many clients wait. */
    int waiting() {
        return polls.size();
    }

    /** How many clients have gone away before their answer was written. */
    int left() {
        return left.get();
    }

    /** Sends all clients away and waits until that is done; later ones are sent away at once. Idempotent. */
    @Override
    public void close() {
        closed = true;
        polls.forEach(Poll::stop);
        Threads.end(threads);
    }

    private final class Poll implements Runnable {
        private final Context context;
        private final DequeueRequest request;
        private final Function<RunningJob<RawJson, RawJson>, byte[]> body;

        /** The thread, while it may be interrupted: it waits for a job and holds none. */
        private @Nullable Thread waiting;

        private boolean stopped;

        Poll(Context context, DequeueRequest request, Function<RunningJob<RawJson, RawJson>, byte[]> body) {
            this.context = context;
            this.request = request;
            this.body = body;
        }

        synchronized void stop() {
            stopped = true;
            if (waiting != null) {
                waiting.interrupt();
            }
        }

        /** The connection has ended, perhaps long after the answer. */
        private void leave() {
            if (polls.contains(this)) {
                stop();
                left.incrementAndGet();
            }
        }

        private synchronized void begin() {
            waiting = Thread.currentThread();
            if (stopped || closed) {
                waiting.interrupt();
            }
        }

        /** Whether the client still wants its answer. */
        private synchronized boolean stillWanted() {
            waiting = null;
            var unused = Thread.interrupted();
            return !stopped;
        }

        @Override
        public void run() {
            try {
                ClientWatch.of(context.req(), this::leave);
                answer(take());
            } finally {
                end();
            }
        }

        /** It waits no more. */
        void end() {
            polls.remove(this);
            places.release();
        }

        private List<RunningJob<RawJson, RawJson>> take() {
            boolean wanted = false;
            List<RunningJob<RawJson, RawJson>> jobs = List.of();
            begin();
            try {
                jobs = queue.dequeueBatch(request);
            } catch (InterruptedException e) {
                // Stopped; no job was taken.
            } finally {
                wanted = stillWanted();
            }
            if (!wanted) {
                jobs.forEach(RunningJob::close);
                return List.of();
            }
            return jobs;
        }

        private void answer(List<RunningJob<RawJson, RawJson>> jobs) {
            if (jobs.isEmpty()) {
                context.status(204);
            } else {
                give(jobs.get(0));
            }
        }

        private void give(RunningJob<RawJson, RawJson> job) {
            boolean given = false;
            try {
                byte[] bytes = body.apply(job);
                context.status(201).contentType("application/json");
                context.res().setContentLength(bytes.length);
                context.res().getOutputStream().write(bytes);
                context.res().getOutputStream().flush();
                given = true;
            } catch (IOException e) {
                LOG.info("Job {} goes back to the queue: its client has gone", job.id());
            } finally {
                if (!given) {
                    job.close();
                }
            }
        }
    }
}
