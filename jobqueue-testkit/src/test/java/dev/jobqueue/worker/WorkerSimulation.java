package dev.jobqueue.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many workers over one store for half an hour of simulated time, with kills, pauses longer than the heartbeat limit, stops, a slow store and one that cannot
 * be reached; then calm, until every job has ended. One thread, a manual clock, one seed: a run can be repeated exactly with
 * {@code -Dsimulation.seed=N}.
 */
class WorkerSimulation {
    static final JobType<RawJson, RawJson> LONG = JobType.raw("long");
    static final JobType<RawJson, RawJson> SHORT = JobType.raw("short");

    private static final int SEEDS = 100;
    private static final int MANY_SEEDS = 10_000;

    private static final String CLAIMS =
            "WRK-1, WRK-2, WRK-3, WRK-4: whatever happens, each job ends once, no stale result is kept and no handler goes on behind its fence";

    @Test
    @DisplayName(CLAIMS)
    void someSeeds() {
        Integer seed = Integer.getInteger("simulation.seed");
        if (seed != null) {
            simulate(seed);
        } else {
            simulate(1, SEEDS);
        }
    }

    @Test
    @Tag("slow")
    @DisplayName(CLAIMS + "; 10,000 seeds")
    void manySeeds() {
        simulate(1, MANY_SEEDS);
    }

    private static void simulate(int from, int to) {
        Tally tally = new Tally();
        for (int seed = from; seed <= to; seed++) {
            tally.add(simulate(seed));
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(tally.ends)
                .as("ends of attempts")
                .containsKeys(
                        Attempt.End.SUCCEEDED,
                        Attempt.End.FAILED,
                        Attempt.End.RELEASED,
                        Attempt.End.HEARTBEAT_LOST,
                        Attempt.End.CANCELED);
        assertThat(tally.effects).isGreaterThan(to - from);
        assertThat(tally.keptAlive)
                .as("jobs that heartbeats and reports kept alive beyond the limit")
                .isPositive();
    }

    private static World simulate(int seed) {
        World world = new World(seed);
        try {
            world.run();
            return world;
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static final class Tally {
        final Map<Attempt.End, Integer> ends = new HashMap<>();
        long effects;
        long keptAlive;

        void add(World world) {
            effects += world.effects;
            keptAlive += world.keptAlive;
            world.ends.forEach((end, count) -> ends.merge(end, count, Integer::sum));
        }
    }

    /** The clock, what will happen when, the store and the workers. */
    static final class World {
        private static final Duration STORM = Duration.ofMinutes(30);
        private static final Duration LATEST = Duration.ofHours(12);

        private record Event(long at, long order, Runnable action) {}

        final RandomGenerator random;
        final ManualClock clock = new ManualClock();
        final SimulatedStore store = new SimulatedStore(clock);
        final JobQueue queue = JobQueue.on(store, QueueOptions.DEFAULT.clock(clock));
        /** The queue without the weather. */
        final JobQueue real = JobQueue.on(store.real(), QueueOptions.DEFAULT.clock(clock));

        final Map<Attempt.End, Integer> ends = new HashMap<>();
        long effects;
        long keptAlive;

        private final PriorityQueue<Event> events =
                new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
        private long order;
        private final List<SimulatedWorker> workers = new ArrayList<>();
        private final List<SimulatedWorker> former = new ArrayList<>();
        private final List<JobId> jobs = new ArrayList<>();
        private final Map<JobId, JobState> finals = new HashMap<>();
        private boolean calm;
        private long slowness = 1;

        World(int seed) {
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        }

        long now() {
            return clock.nanoTime();
        }

        void at(long time, Runnable action) {
            events.add(new Event(Math.max(time, now()), order++, action));
        }

        void in(long nanos, Runnable action) {
            at(now() + nanos, action);
        }

        boolean troubled() {
            return slowness > 1 || store.weather != SimulatedStore.Weather.FINE;
        }

        /** How long a call or its answer travels. */
        long latency() {
            return random.nextLong(1, 20_000_000L * slowness);
        }

        void run() {
            int count = 2 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                addWorker();
            }
            for (int i = 0; i < 12; i++) {
                in(random.nextLong(STORM.toNanos()), this::enqueue);
            }
            for (int i = 0; i < 15; i++) {
                in(random.nextLong(STORM.toNanos()), this::trouble);
            }
            for (int i = 0; i < 3; i++) {
                in(random.nextLong(STORM.toNanos()), this::burst);
            }
            sweep();
            in(STORM.toNanos(), this::becomeCalm);
            while (!over()) {
                step();
                assertThat(now()).as("everything has ended").isLessThan(LATEST.toNanos());
            }
            // Answers that are under way, and handlers that are slow to notice.
            long later = now() + Duration.ofMinutes(10).toNanos();
            while (now() < later) {
                step();
            }
            check();
        }

        private void step() {
            Event event = events.remove();
            if (event.at() > now()) {
                clock.advance(Duration.ofNanos(event.at() - now()));
            }
            event.action().run();
        }

        private void addWorker() {
            SimulatedWorker worker = new SimulatedWorker(this, workers.size() + former.size());
            workers.add(worker);
            worker.wake();
        }

        private void replaceGone() {
            for (SimulatedWorker worker : List.copyOf(workers)) {
                if (worker.gone()) {
                    workers.remove(worker);
                    former.add(worker);
                    addWorker();
                }
            }
        }

        private void enqueue() {
            List<JobRequest<?, ?>> graph = new ArrayList<>();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                JobRequest<RawJson, RawJson> job = (random.nextInt(3) == 0 ? LONG : SHORT)
                        .job(null)
                        .attempts(1 + random.nextInt(3), Backoff.NONE)
                        .priority(random.nextInt(3));
                if (random.nextInt(3) == 0) {
                    job = job.timeout(Duration.ofSeconds(1 + random.nextInt(120)));
                }
                if (!graph.isEmpty() && random.nextInt(3) == 0) {
                    JobRequest<?, ?> other = graph.get(random.nextInt(graph.size()));
                    job = random.nextBoolean() ? job.requires(other) : job.dependsOn(other);
                }
                graph.add(job);
                jobs.add(job.id());
            }
            real.enqueueAll(graph);
            workers.forEach(SimulatedWorker::wake);
        }

        /** So many short jobs that they are taken in advance, and the stop of a worker that may have some. */
        private void burst() {
            List<JobRequest<?, ?>> burst = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                JobRequest<RawJson, RawJson> job = SHORT.job(null);
                burst.add(job);
                jobs.add(job.id());
            }
            real.enqueueAll(burst);
            workers.forEach(SimulatedWorker::wake);
            SimulatedWorker worker = workers.get(random.nextInt(workers.size()));
            in(random.nextLong(Duration.ofSeconds(2).toNanos()), () -> worker.stop(Duration.ofSeconds(10)));
        }

        private void trouble() {
            if (calm) {
                return;
            }
            SimulatedWorker worker = workers.get(random.nextInt(workers.size()));
            switch (random.nextInt(6)) {
                case 0 -> {
                    worker.kill();
                    in(random.nextLong(60_000_000_000L), this::replaceGone);
                }
                case 1 -> worker.pause(Duration.ofSeconds(random.nextInt(300)));
                case 2 -> worker.stop(Duration.ofSeconds(random.nextInt(60)));
                case 3 -> weather(SimulatedStore.Weather.UNREACHABLE, random.nextLong(180_000_000_000L));
                case 4 -> weather(SimulatedStore.Weather.REPLIES_LOST, random.nextLong(30_000_000_000L));
                default -> {
                    slowness = 5_000;
                    in(random.nextLong(600_000_000_000L), () -> slowness = 1);
                }
            }
            if (!jobs.isEmpty() && random.nextInt(3) == 0) {
                cancel(jobs.get(random.nextInt(jobs.size())));
            }
        }

        private void weather(SimulatedStore.Weather weather, long nanos) {
            store.weather = weather;
            in(nanos, () -> store.weather = SimulatedStore.Weather.FINE);
        }

        private void cancel(JobId id) {
            try {
                real.cancel(id, "planned");
            } catch (JobQueueException.AlreadyFinished e) {
                assertThat(e.state().finished()).isTrue();
            }
        }

        private void becomeCalm() {
            calm = true;
            store.weather = SimulatedStore.Weather.FINE;
            slowness = 1;
        }

        private void sweep() {
            real.expire(1_000);
            replaceGone();
            for (JobId id : jobs) {
                JobStatus<RawJson> status = real.status(id);
                if (status.state().finished()) {
                    JobState before = finals.putIfAbsent(id, status.state());
                    assertThat(before == null || before == status.state())
                            .as("a final state stays")
                            .isTrue();
                }
            }
            in(Duration.ofSeconds(30).toNanos(), this::sweep);
        }

        private boolean over() {
            return calm && finals.size() == jobs.size();
        }

        private void check() {
            workers.forEach(SimulatedWorker::checkEvents);
            former.forEach(SimulatedWorker::checkEvents);
            for (JobId id : jobs) {
                JobStatus<RawJson> status = real.status(id);
                status.attempts().forEach(attempt -> ends.merge(attempt.end().orElseThrow(), 1, Integer::sum));
                List<Attempt> succeeded = status.attempts().stream()
                        .filter(attempt -> attempt.end().orElseThrow() == Attempt.End.SUCCEEDED)
                        .toList();
                if (status.state() == JobState.SUCCEEDED) {
                    assertThat(succeeded).hasSize(1);
                    Attempt last = status.attempts().get(status.attempts().size() - 1);
                    assertThat(last).isEqualTo(succeeded.get(0));
                    if (last.ended()
                            .orElseThrow()
                            .isAfter(last.started().plus(QueueOptions.DEFAULT.heartbeatLimit()))) {
                        keptAlive++;
                    }
                    String worker = last.worker().substring("worker-".length());
                    assertThat(status.result()).contains(RawJson.of("[" + worker + "," + last.number() + "]"));
                } else {
                    assertThat(succeeded).isEmpty();
                }
            }
        }
    }
}
