package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs jobs with the handlers it was given.
 *
 * <pre>{@code
 * try (JobWorker worker = JobWorker.builder(queue)
 *         .handler(BUILD, context -> build(context.args()))
 *         .concurrency(8)
 *         .build()
 *         .start()) {
 *     ...
 * }
 * }</pre>
 *
 * <p><b>What it does.</b> Takes jobs of the types that have a handler (WRK-5), at most as many as can start at once, and of types whose jobs are short some in
 * advance. Sends one heartbeat call for all of them at each interval. Ends each attempt with the result or error of its handler; many ends share one call to the
 * store. Tells a handler to stop when its job was canceled, is lost, or takes longer than its timeout (WRK-1, WRK-2, FIN-9); an
 * exception, a time-out, args that do not fit and a missing handler end the attempt with the {@link LibraryError} of that name (WRK-4). Goes on after the store was
 * unavailable, with backoff.
 *
 * <p><b>Threads.</b> Handlers run on daemon threads of the worker or on an executor of yours; six more threads take, end and report jobs, send heartbeats and
 * watch the clock. One of them keeps the process alive until the worker is stopped. Nothing polls: an idle worker waits in
 * {@link JobQueue#dequeueBatch}.
 *
 * <p><b>Logs</b> go to SLF4J under this class. While a handler runs, the MDC has {@value #MDC_JOB_ID}, {@value #MDC_JOB_TYPE} and {@value #MDC_ATTEMPT}. Tokens are never
 * logged.
 *
 * <p>Thread-safe.
 */
public final class JobWorker implements AutoCloseable {
    /** The MDC key of the id of the job that a thread works on. */
    public static final String MDC_JOB_ID = "jobId";

    /** The MDC key of its full type name. */
    public static final String MDC_JOB_TYPE = "jobType";

    /** The MDC key of the number of the attempt. */
    public static final String MDC_ATTEMPT = "jobAttempt";

    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private enum State {
        NEW,
        STARTED,
        STOPPED
    }

    private final Settings settings;
    private final Listeners listeners;
    private final @Nullable Executor executor;
    private final Object stateLock = new Object();
    private State state = State.NEW;
    private @Nullable WorkerThreads threads;

    private JobWorker(Builder builder) {
        settings = builder.settings();
        listeners = new Listeners(builder.listeners);
        executor = builder.executor;
    }

    /** A worker for this queue; give it at least one handler. */
    public static Builder builder(JobQueue queue) {
        return new Builder(requireNonNull(queue, "queue"));
    }

    /**
     * Starts taking jobs.
     *
     * @return this worker
     * @throws IllegalStateException if it was started or stopped before
     */
    @CanIgnoreReturnValue
    public JobWorker start() {
        synchronized (stateLock) {
            if (state != State.NEW) {
                throw new IllegalStateException("the worker was started or stopped before; build another one");
            }
            state = State.STARTED;
            threads = new WorkerThreads(settings, listeners, executor);
            threads.start();
        }
        LOG.info(
                "Worker started for {} with concurrency {}", settings.handlers().keySet(), settings.concurrency());
        return this;
    }

    /**
     * Stops the worker (WRK-3): takes no more jobs, gives back at once what has not started, and lets handlers run for so long. Those that still run are then
     * told to stop, and have the {@linkplain Builder#grace grace} to return; a job that did not succeed by then is released and may run elsewhere.
     *
     * <p>Returns when every attempt has ended and the store has acknowledged it; if the store does not answer, 5 s after the grace at the latest, and then the
     * missing heartbeats end the attempts. An interrupt of the caller ends the limit at once, not the wait. May be called many times, from any thread; the
     * shortest limit counts.
     *
     * @param limit 0 or more; zero tells the handlers at once
     */
    public void stop(Duration limit) {
        Bounds.notNegative(limit, "limit");
        @Nullable WorkerThreads started;
        synchronized (stateLock) {
            state = State.STOPPED;
            started = threads;
        }
        if (started != null) {
            started.core().stop(limit);
            started.awaitStopped();
            LOG.info("Worker stopped for {}", settings.handlers().keySet());
        }
    }

    /** Stops the worker with the limit of {@link Builder#stopLimit}. Idempotent. Close it before the queue. */
    @Override
    public void close() {
        stop(settings.stopLimit());
    }

    /**
     * Runs jobs in this thread, one after the other in dequeue order, until none is ready; for tests and for batch programs. What a handler enqueues is run too;
     * jobs that wait for their time are not waited for. Not for a worker that was started.
     *
     * <p>Nobody sends heartbeats meanwhile, so a single job shall take less than the heartbeat limit of the queue, on the clock of its store.
     *
     * @return how many handlers were run
     * @throws IllegalStateException if the worker was started or stopped
     * @throws JobQueueException if a call to the store failed; what was finished before stays finished
     * @throws InterruptedException if the thread was interrupted between two jobs
     */
    @CanIgnoreReturnValue
    public int runUntilIdle() throws InterruptedException {
        synchronized (stateLock) {
            if (state != State.NEW) {
                throw new IllegalStateException("the worker was started or stopped before; build another one");
            }
        }
        return new InlineRun(settings.withoutFence(), listeners).untilIdle();
    }

    /** What a worker runs and how. Not thread-safe. */
    @CheckReturnValue
    public static final class Builder {
        private static final int MAX_CONCURRENCY = 10_000;
        private static final int DEFAULT_PREFETCH = 2_000;

        private final JobQueue queue;
        private final Map<TypeName, Registration<?, ?>> handlers = new LinkedHashMap<>();
        private final Map<TypeName, Integer> limits = new LinkedHashMap<>();
        private final List<WorkerListener> listeners = new ArrayList<>();
        private Set<String> channels = Set.of(JobOptions.DEFAULT_CHANNEL);
        private Optional<String> name = Optional.empty();
        private int concurrency = Runtime.getRuntime().availableProcessors();
        private int prefetch = DEFAULT_PREFETCH;
        private Optional<Duration> heartbeatInterval = Optional.empty();
        private Optional<Duration> fenceMargin = Optional.empty();
        private Duration grace = Duration.ofSeconds(2);
        private Duration stopLimit = Duration.ofSeconds(30);
        private boolean interrupt;
        private LongSupplier clock = System::nanoTime;
        private @Nullable Executor executor;

        private Builder(JobQueue queue) {
            this.queue = queue;
        }

        /**
         * Runs jobs of exactly this full type with this handler; give one for each variant.
         *
         * @throws IllegalArgumentException if the type has a handler already
         */
        @CanIgnoreReturnValue
        public <A, R> Builder handler(JobType<A, R> type, JobHandler<A, R> handler) {
            requireNonNull(handler, "handler");
            Registration<A, R> registration = new Registration<>(type, handler, Registration.NO_LIMIT);
            if (handlers.putIfAbsent(type.name(), registration) != null) {
                throw new IllegalArgumentException("job type " + type + " has a handler already");
            }
            return this;
        }

        /** How many handlers may run at once, 1 to 10,000; default one for each processor. */
        @CanIgnoreReturnValue
        public Builder concurrency(int most) {
            concurrency = Bounds.range(most, 1, MAX_CONCURRENCY, "concurrency");
            return this;
        }

        /** How many handlers of this type may run at once, besides the limit of all, 1 to 10,000; default no such limit. */
        @CanIgnoreReturnValue
        public Builder concurrency(JobType<?, ?> type, int most) {
            limits.put(type.name(), Bounds.range(most, 1, MAX_CONCURRENCY, "concurrency of job type " + type));
            return this;
        }

        /** Takes jobs of these channels only, at least one; by default of channel {@value JobOptions#DEFAULT_CHANNEL}. */
        @CanIgnoreReturnValue
        public Builder channels(String... names) {
            if (names.length == 0) {
                throw new IllegalArgumentException("give at least one channel, or use anyChannel()");
            }
            channels = new LinkedHashSet<>(Arrays.asList(names));
            return this;
        }

        /** Takes jobs of any channel. */
        @CanIgnoreReturnValue
        public Builder anyChannel() {
            channels = Set.of();
            return this;
        }

        /** The name in the attempts of jobs and in the names of threads; default that of the queue, {@link QueueOptions#worker}. */
        @CanIgnoreReturnValue
        public Builder name(String workerName) {
            name = Optional.of(workerName);
            return this;
        }

        /**
         * The most jobs to take in advance, 0 to 9,000, default 2,000. So many are taken only of types whose jobs last under 50 ms each, and no more than the worker
         * does in a fifth of a second; what has not started after 1 s is given back. 0 switches it off.
         */
        @CanIgnoreReturnValue
        public Builder prefetch(int most) {
            prefetch = Bounds.range(most, 0, 9_000, "prefetch");
            return this;
        }

        /**
         * How often a heartbeat is sent for all jobs, at least 1 ms; default 15 s, or an eighth of {@link QueueOptions#heartbeatLimit} if that is less.
         */
        @CanIgnoreReturnValue
        public Builder heartbeatInterval(Duration interval) {
            heartbeatInterval = Optional.of(Bounds.fromOneMilli(interval, "heartbeatInterval"));
            return this;
        }

        /**
         * How long before {@link QueueOptions#heartbeatLimit} a handler without a confirmed heartbeat must stop, at least 1 ms; default a quarter of that limit. It is the
         * time that handlers have to notice (WRK-1).
         */
        @CanIgnoreReturnValue
        public Builder fenceMargin(Duration margin) {
            fenceMargin = Optional.of(Bounds.fromOneMilli(margin, "fenceMargin"));
            return this;
        }

        /**
         * How long a handler that exceeded its timeout, or the limit of a stop, may go on before its attempt is ended without it, 0 or more; default 2 s. It keeps its
         * place among the {@link #concurrency} until it returns.
         */
        @CanIgnoreReturnValue
        public Builder grace(Duration time) {
            grace = Bounds.notNegative(time, "grace");
            return this;
        }

        /** How long {@link JobWorker#close} lets handlers run, 0 or more; default 30 s. */
        @CanIgnoreReturnValue
        public Builder stopLimit(Duration limit) {
            stopLimit = Bounds.notNegative(limit, "stopLimit");
            return this;
        }

        /**
         * Interrupts the thread of a handler that must stop, besides {@link JobContext#canceled} and {@link JobContext#onCancel}. Default false, since an interrupt
         * closes files that are read through channels and other things of libraries in between.
         */
        @CanIgnoreReturnValue
        public Builder interruptHandlers(boolean wanted) {
            interrupt = wanted;
            return this;
        }

        /**
         * Runs the handlers on this executor, such as one that starts a virtual thread for each task; the worker never shuts it down. If it has fewer threads than
         * {@link #concurrency}, jobs wait and are given back after 1 s. Default: threads of the worker.
         */
        @CanIgnoreReturnValue
        public Builder executor(Executor handlerExecutor) {
            executor = requireNonNull(handlerExecutor, "handlerExecutor");
            return this;
        }

        /** Tells this listener of every transition. May be called many times. */
        @CanIgnoreReturnValue
        public Builder listener(WorkerListener listener) {
            listeners.add(requireNonNull(listener, "listener"));
            return this;
        }

        /** Another source of monotonic nanoseconds than {@link System#nanoTime}, for tests that use {@link JobWorker#runUntilIdle}. */
        @CanIgnoreReturnValue
        public Builder nanoClock(LongSupplier nanos) {
            clock = requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * The worker, not started yet.
         *
         * @throws IllegalArgumentException if there is no handler, a limit names a type without one, or the heartbeat times do not fit the limit of the queue
         */
        public JobWorker build() {
            return new JobWorker(this);
        }

        private Settings settings() {
            if (handlers.isEmpty()) {
                throw new IllegalArgumentException("a worker needs at least one handler");
            }
            limits.forEach((type, limit) -> {
                if (handlers.computeIfPresent(type, (each, handler) -> limited(handler, limit)) == null) {
                    throw new IllegalArgumentException("concurrency is given for job type " + type
                            + ", which has no handler; it has those of " + handlers.keySet());
                }
            });
            // Checks the number of pairs and the names of the channels.
            Selector unused = new Selector(handlers.keySet(), channels);
            Duration limit = queue.options().heartbeatLimit();
            Duration interval =
                    heartbeatInterval.orElseGet(() -> Bounds.least(Duration.ofSeconds(15), limit.dividedBy(8)));
            Duration margin = fenceMargin.orElseGet(() -> limit.dividedBy(4));
            Duration fence = limit.minus(margin);
            if (fence.compareTo(interval) <= 0) {
                throw new IllegalArgumentException("heartbeatInterval " + interval + " plus fenceMargin " + margin
                        + " must be less than the heartbeat limit of the queue, " + limit);
            }
            return new Settings(
                    queue,
                    Map.copyOf(handlers),
                    channels,
                    name,
                    concurrency,
                    prefetch,
                    Math.max(1, interval.toNanos()),
                    fence.toNanos(),
                    grace.toNanos(),
                    stopLimit,
                    interrupt,
                    clock,
                    () -> ThreadLocalRandom.current().nextDouble());
        }

        private static <A, R> Registration<A, R> limited(Registration<A, R> handler, int limit) {
            return new Registration<>(handler.type(), handler.handler(), limit);
        }
    }
}
