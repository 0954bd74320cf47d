package dev.jobqueue.testkit.history;

import dev.jobqueue.JobQueue;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.spi.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one process. */
final class Load {
    /** How long a job that was abandoned stays with its worker. */
    private static final Duration HEARTBEAT_LIMIT = Duration.ofMillis(150);

    private final Recorder recorder;
    private final List<QueueRef> queues;
    private final Random seeds;
    private final Site site;
    private final ExecutorService threads;
    private final List<Future<Void>> producers = new ArrayList<>();
    private final List<Future<Void>> others = new ArrayList<>();
    private int steps;
    private int hands;

    /** @param bound how long a waiter may go on waiting while there is a job for it */
    Load(Recorder recorder, List<QueueRef> queues, long seed, Duration bound) {
        this.recorder = recorder;
        this.queues = List.copyOf(queues);
        seeds = new Random(seed);
        site = new Site(recorder, bound.multipliedBy(3));
        AtomicInteger count = new AtomicInteger();
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "hand-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A queue over this store whose calls are recorded. */
    static JobQueue queue(JobStore store, Recorder recorder) {
        return JobQueue.on(
                new RecordingJobStore(store, recorder), QueueOptions.DEFAULT.heartbeatLimit(HEARTBEAT_LIMIT));
    }

    /** All threads; so many steps for each that enqueues. */
    void startAll(int size) {
        startShared(size);
        produce(new Producers.OfGraphs(site, queue(), random(), size), size);
        produce(new Producers.OfLines(site, queue(), random(), size / 2), size / 2);
        produce(new Producers.OfLines(site, queue(), random(), size / 2), size / 2);
        produce(new Producers.OfPings(site, queue(), random(), size / 4), size / 4);
        start(new Consumers.Eager(site, queue(), random(), Hand.LINE));
        start(new Consumers.Moody(site, queue(), random(), Hand.OTHER));
        start(new Keepers.Canceller(site, queue(), random()));
    }

    /** The threads that more than one process can have. */
    void startShared(int size) {
        produce(new Producers.OfGraphs(site, queue(), random(), size), size);
        start(new Consumers.Moody(site, queue(), random(), Hand.WORK));
        start(new Consumers.Moody(site, queue(), random(), Hand.WORK, Hand.OTHER));
        start(new Consumers.Eager(site, queue(), random(), Hand.PING));
        start(new Consumers.Eager(site, queue(), random(), Hand.PONG));
        start(new Keepers.Sweeper(site, queue(), random()));
    }

    private QueueRef queue() {
        return queues.get(hands++ % queues.size());
    }

    private Random random() {
        return new Random(seeds.nextLong());
    }

    private void produce(Hand hand, int itsSteps) {
        steps += itsSteps;
        producers.add(threads.submit(hand));
    }

    private void start(Hand hand) {
        others.add(threads.submit(hand));
    }

    /** Whether so much of everything was produced, in a hundred parts. */
    boolean produced(int percent) {
        return site.produced() * 100L >= steps * (long) percent;
    }

    /** Whether all producers have ended. */
    boolean producersEnded() {
        return producers.stream().allMatch(Future::isDone);
    }

    /** From now on every job that is given is done, and nothing is canceled. */
    void beQuiet() {
        site.beQuiet();
    }

    /**
     * Ends all threads.
     *
     * @return the first failure of one of them, if there was one
     * @throws AssertionError if one does not end in this time
     */
    Optional<Throwable> stop(Duration limit) throws InterruptedException {
        Optional<Throwable> failure = Optional.empty();
        threads.shutdownNow();
        List<Future<Void>> all = new ArrayList<>(producers);
        all.addAll(others);
        for (Future<Void> each : all) {
            try {
                each.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                failure = failure.or(() -> Optional.ofNullable(e.getCause()));
            } catch (TimeoutException e) {
                throw new AssertionError("a thread of the load does not end", e);
            }
        }
        return failure;
    }

    List<Operation> operations() {
        return recorder.operations();
    }
}
