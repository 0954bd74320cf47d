package dev.jobqueue.examples.composer.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.build.Scratch;
import dev.jobqueue.examples.composer.build.Workplace;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.logs.LogKeys;
import dev.jobqueue.examples.composer.worker.ServiceClient.Poll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Asks the service for one job after the other and runs them. While a job runs it is polled for: that is its heartbeat (S16), and how a cancel comes (S15). A
 * canceled job, or one whose token is not in force any more, is interrupted and not reported.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);

    private final Settings settings;
    private final ServiceClient client;
    private final Steps steps;
    private final Thread thread = new Thread(this::work, "worker");
    private final ExecutorService jobs = Executors.newCachedThreadPool();
    private final ScheduledExecutorService polls = Executors.newScheduledThreadPool(2);
    private volatile @Nullable Workplace place;
    private volatile boolean stopping;
    private volatile @Nullable String id;
    private volatile @Nullable Future<?> request;
    private volatile @Nullable Future<?> running;

    /**
     * How a worker works.
     *
     * @param services where the worker API is: several services over one queue, with equal paths, in the order in which they are tried
     * @param directory where the files of running jobs are; workers may share it
     * @param pollInterval how often to poll while a job runs, at least 1 ms
     * @param patience how long to wait for answers that come at once
     * @param lastRetry the longest pause before a request is made again
     * @param login what to show the service
     * @param statusInterval how often to tell the service that the worker lives, at least 1 ms
     */
    public record Settings(
            List<ServiceAddress> services,
            Path directory,
            Machine machine,
            Duration pollInterval,
            Duration patience,
            Duration lastRetry,
            ServiceLogin login,
            Duration statusInterval) {
        public Settings {
            services = List.copyOf(services);
            if (services.isEmpty()) {
                throw new IllegalArgumentException("a worker needs at least one service");
            }
            for (ServiceAddress service : services) {
                if (!service.base().getPath().equals(services.get(0).base().getPath())) {
                    throw new IllegalArgumentException(
                            "services must have equal paths: " + services.get(0).base() + " and " + service.base());
                }
            }
            atLeastOneMillisecond(pollInterval, "pollInterval");
            atLeastOneMillisecond(statusInterval, "statusInterval");
        }

        private static void atLeastOneMillisecond(Duration value, String name) {
            if (value.toMillis() < 1) {
                throw new IllegalArgumentException(name + " must be at least 1 ms: " + value);
            }
        }

        /** Those of the service's own timing: a job without a poll for two minutes is lost, a worker without a status for an hour is forgotten. */
        public static Settings of(List<ServiceAddress> services, Path directory, Machine machine) {
            return new Settings(
                    services,
                    directory,
                    machine,
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    ServiceLogin.NONE,
                    Duration.ofSeconds(60));
        }

        /** Polling more or less often. */
        public Settings pollInterval(Duration newInterval) {
            return new Settings(services, directory, machine, newInterval, patience, lastRetry, login, statusInterval);
        }

        /** Retrying at least so often. */
        public Settings lastRetry(Duration newLastRetry) {
            return new Settings(
                    services, directory, machine, pollInterval, patience, newLastRetry, login, statusInterval);
        }

        /** Showing this to the service. */
        public Settings login(ServiceLogin newLogin) {
            return new Settings(
                    services, directory, machine, pollInterval, patience, lastRetry, newLogin, statusInterval);
        }

        /** Telling more or less often that the worker lives. */
        public Settings statusInterval(Duration newInterval) {
            return new Settings(services, directory, machine, pollInterval, patience, lastRetry, login, newInterval);
        }
    }

    public Worker(Settings settings, Steps steps) {
        this.settings = settings;
        this.steps = steps;
        this.client = new ServiceClient(settings.services(), settings.login(), settings.patience());
    }

    /**
     * Takes a place for its files, where it removes what dead workers have left, and begins to work.
     *
     * @throws IOException if there can be no place; nothing was begun
     */
    public void start() throws IOException {
        place = Workplace.in(settings.directory());
        client.start();
        thread.start();
        var unused = polls.scheduleWithFixedDelay(
                this::tellStatus,
                settings.statusInterval().toMillis(),
                settings.statusInterval().toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Takes no more jobs; returns when the one that runs is reported. One that takes longer than this is interrupted and left to others, who get it when its
     * heartbeat is missed.
     */
    public void stop(Duration limit) throws InterruptedException {
        stopping = true;
        cancel(request);
        thread.join(Math.max(1, limit.toMillis()));
        cancel(running);
        thread.interrupt();
        thread.join();
        jobs.shutdown();
        polls.shutdownNow();
        client.close();
        if (place != null) {
            place.close();
        }
    }

    private static void cancel(@Nullable Future<?> future) {
        if (future != null) {
            future.cancel(true);
        }
    }

    private void work() {
        Retry retry = new Retry();
        while (!stopping) {
            try {
                Optional<Offer> offer = request();
                retry.reset();
                if (offer.isPresent()) {
                    MDC.put(LogKeys.JOB_ID, offer.get().id());
                    run(offer.get());
                }
            } catch (IOException e) {
                if (!forgotten(e)) {
                    LOG.warn("The service gives no jobs, it is asked again", e);
                }
                if (!retry.pause()) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            } finally {
                MDC.remove(LogKeys.JOB_ID);
            }
        }
    }

    /** The id that the service has given this worker; asks for one if there is none in force. */
    private String registered() throws IOException, InterruptedException {
        String known = id;
        if (known == null) {
            known = client.register(hostName(), settings.machine().arch());
            LOG.info("Registered as worker {}", known);
            id = known;
        }
        return known;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Whether the service has said that it does not know this worker, which then registers again. */
    private boolean forgotten(IOException failure) {
        if (failure instanceof ServiceException answer && answer.unknownWorker()) {
            LOG.info("The service does not know this worker any more; it registers again");
            id = null;
            return true;
        }
        return false;
    }

    private void tellStatus() {
        String known = id;
        if (known == null) {
            return;
        }
        try {
            client.status(known);
        } catch (IOException e) {
            if (!forgotten(e)) {
                LOG.warn("The service does not hear of this worker", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Offer> request() throws IOException, InterruptedException {
        Future<Optional<Offer>> asked =
                client.request(registered(), steps.types(), settings.machine().arch());
        request = asked;
        if (stopping) {
            cancel(asked);
        }
        try {
            return asked.get();
        } catch (CancellationException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CancellationException) {
                return Optional.empty();
            }
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        }
    }

    private void run(Offer offer) throws InterruptedException {
        LOG.info("Job {} ({}) begins", offer.id(), offer.type());
        Scratch scratch;
        try {
            scratch = requireNonNull(place).scratch();
        } catch (IOException e) {
            LOG.error("There is no directory for job {}", offer.id(), e);
            report(offer, Steps.failed(ImageError.INVALID_CONFIG, "the worker has no directory for the job: " + e));
            return;
        }
        try (scratch) {
            run(offer, scratch.directory());
        } catch (IOException e) {
            LOG.warn("The files of job {} are still there; the next start removes them", offer.id(), e);
        }
    }

    private void run(Offer offer, Path directory) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<@Nullable RawJson> result = new AtomicReference<>();
        Future<?> job = jobs.submit(() -> {
            MDC.put(LogKeys.JOB_ID, offer.id());
            try {
                result.set(steps.run(offer, (name, file) -> send(offer, name, file), directory));
            } catch (InterruptedException e) {
                LOG.info("Job {} was stopped", offer.id());
            } finally {
                MDC.remove(LogKeys.JOB_ID);
                ended.countDown();
            }
        });
        running = job;
        ScheduledFuture<?> poll = polls.scheduleWithFixedDelay(
                () -> poll(offer, job),
                settings.pollInterval().toMillis(),
                settings.pollInterval().toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            await(ended, job);
            RawJson report = result.get();
            if (report != null && !job.isCancelled()) {
                report(offer, report);
            }
        } finally {
            poll.cancel(false);
            running = null;
        }
    }

    /** Waits for the real end of a job, also after it was told to stop: its files go away behind it. */
    private static void await(CountDownLatch ended, Future<?> job) throws InterruptedException {
        try {
            ended.await();
        } catch (InterruptedException e) {
            if (job.cancel(true)) {
                ended.await();
            }
            throw e;
        }
    }

    private void poll(Offer offer, Future<?> job) {
        MDC.put(LogKeys.JOB_ID, offer.id());
        try {
            Poll answer = client.poll(offer);
            if (answer != Poll.CONTINUE) {
                LOG.info("Job {} is {}, it is stopped", offer.id(), answer);
                job.cancel(true);
            }
        } catch (IOException e) {
            LOG.warn("The service does not hear of job {}", offer.id(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            MDC.remove(LogKeys.JOB_ID);
        }
    }

    /** Sends a file until it is there. */
    private void send(Offer offer, String name, Path file) throws IOException, InterruptedException {
        repeat("The upload of " + name, () -> client.upload(offer, name, file));
    }

    private void report(Offer offer, RawJson result) throws InterruptedException {
        if (!taken(offer, result)) {
            // It may be too large. Without any report the job would run again once its heartbeat is missed.
            var unused = taken(offer, Steps.failed(ImageError.BUILD_JOB, "the service has refused the result"));
        }
    }

    /** Reports until the service has heard: a report that is repeated has no second effect. False if it refuses. */
    private boolean taken(Offer offer, RawJson result) throws InterruptedException {
        try {
            repeat("The report of job " + offer.id(), () -> client.finish(offer, result));
            LOG.info("Job {} is reported", offer.id());
            return true;
        } catch (IOException e) {
            LOG.warn("The service does not take the report of job {}", offer.id(), e);
            return false;
        }
    }

    private interface Call {
        void make() throws IOException, InterruptedException;
    }

    private void repeat(String what, Call call) throws IOException, InterruptedException {
        Retry retry = new Retry();
        while (true) {
            try {
                call.make();
                return;
            } catch (ServiceException e) {
                if (!e.temporary()) {
                    throw e;
                }
                LOG.warn("{} has failed, it is tried again", what, e);
            } catch (IOException e) {
                LOG.warn("{} has no answer, it is tried again", what, e);
            }
            if (!retry.pause()) {
                throw new InterruptedException();
            }
        }
    }

    /** Pauses that grow. */
    private final class Retry {
        private Duration next = FIRST_RETRY;

        void reset() {
            next = FIRST_RETRY;
        }

        /** False if the thread was interrupted. */
        boolean pause() {
            Duration pause = next;
            Duration twice = next.multipliedBy(2);
            next = twice.compareTo(settings.lastRetry()) < 0 ? twice : settings.lastRetry();
            try {
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                return true;
            } catch (InterruptedException e) {
                return false;
            }
        }
    }
}
