package dev.jobqueue.examples.composer.workerapi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that wait for a job. They hold no thread: a few threads make the answers, and these are written as fast as each client reads.
 *
 * <p>A job belongs to its client when all of the answer has been written; before, it goes back to the queue at once if the client has gone, if the answer cannot be written, or
 * if this closes. A client that vanishes after that is noticed by its missing heartbeats.
 */
final class LongPolls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LongPolls.class);
    private static final String RETRY_AFTER_SECONDS = "10";

    /** An answer may read results that were too large to come with the job. */
    private static final int ANSWERING_THREADS = 4;

    private final JobQueue queue;
    private final ExecutorService answering =
            Executors.newFixedThreadPool(ANSWERING_THREADS, Threads.named("long-poll"));
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
        try {
            return new Poll(context, body, queue.dequeueAsync(request)).start();
        } catch (JobQueueException.Closed e) {
            places.release();
            return CompletableFuture.failedFuture(e);
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
        for (Poll poll : polls) {
            poll.stop();
            poll.over.join();
        }
        Threads.end(answering);
    }

    /** How a wait has ended: with one of both. */
    private record Ended(
            @Nullable List<RunningJob<RawJson, RawJson>> taken,
            @Nullable Throwable failure) {}

    private final class Poll {
        private final Context context;
        private final Function<RunningJob<RawJson, RawJson>, byte[]> body;
        private final CompletableFuture<List<RunningJob<RawJson, RawJson>>> jobs;
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private volatile boolean stopped;

        Poll(
                Context context,
                Function<RunningJob<RawJson, RawJson>, byte[]> body,
                CompletableFuture<List<RunningJob<RawJson, RawJson>>> jobs) {
            this.context = context;
            this.body = body;
            this.jobs = jobs;
        }

        CompletableFuture<?> start() {
            context.header("Connection", "close");
            polls.add(this);
            if (closed) {
                // Perhaps after the last answer was made.
                stop();
                var unused = jobs.thenAccept(LongPolls::giveBack);
                context.status(204);
                end();
                return CompletableFuture.completedFuture(null);
            }
            ClientWatch watch = ClientWatch.of(context.req(), this::leave);
            return jobs.handle(Ended::new)
                    .thenComposeAsync(
                            ended -> {
                                watch.answer();
                                return answer(ended.taken(), ended.failure());
                            },
                            answering)
                    .whenComplete((written, failure) -> end());
        }

        /** Lets it be answered with 204, unless its job is on the way to the client already. */
        void stop() {
            stopped = true;
            jobs.cancel(false);
        }

        /** The connection has ended, perhaps long after the answer. */
        private void leave() {
            if (polls.contains(this)) {
                stop();
                left.incrementAndGet();
            }
        }

        private void end() {
            polls.remove(this);
            places.release();
            over.complete(null);
        }

        private CompletableFuture<Void> answer(
                @Nullable List<RunningJob<RawJson, RawJson>> taken, @Nullable Throwable failure) {
            if (taken != null && !taken.isEmpty() && !stopped) {
                return give(taken.get(0));
            }
            if (taken != null) {
                giveBack(taken);
            } else if (!jobs.isCancelled()) {
                return CompletableFuture.failedFuture(requireNonNull(failure));
            }
            context.status(204);
            return CompletableFuture.completedFuture(null);
        }

        private CompletableFuture<Void> give(RunningJob<RawJson, RawJson> job) {
            CompletableFuture<Void> given;
            try {
                byte[] bytes = body.apply(job);
                context.status(201).contentType("application/json");
                given = BodyWriter.write(context.res(), bytes);
            } catch (IOException e) {
                given = CompletableFuture.failedFuture(e);
            } catch (RuntimeException e) {
                job.close();
                return CompletableFuture.failedFuture(e);
            }
            return given.exceptionally(failure -> {
                LOG.info("Job {} goes back to the queue: its client has gone", job.id());
                job.close();
                return null;
            });
        }
    }

    private static void giveBack(List<RunningJob<RawJson, RawJson>> jobs) {
        jobs.forEach(RunningJob::close);
    }
}
