package dev.jobqueue.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** One process with a worker in the simulation: it may be slow, paused, killed or stopped, and its handlers are steps in time. */
final class SimulatedWorker {
    private static final Set<Lane> STORE_LANES = EnumSet.complementOf(EnumSet.of(Lane.CLOCK));

    private final WorkerSimulation.World world;
    private final RandomGenerator random;
    private final WorkerCore core;
    private final int number;
    private final int concurrency;
    private final SimulatedEvents events;
    /** What the store has told this process to be over. */
    private final Set<JobToken> told = new HashSet<>();

    private boolean killed;
    private boolean stopping;
    private boolean troubled;
    private long pausedUntil;
    private long claimNotBefore;
    private long alarm;
    private int handlers;
    private int shortHandlers;
    private final int shortLimit;

    SimulatedWorker(WorkerSimulation.World world, int number) {
        this.world = world;
        this.random = world.random;
        this.number = number;
        concurrency = 1 + random.nextInt(4);
        events = new SimulatedEvents(world);
        shortLimit = random.nextBoolean() ? 1 : Registration.NO_LIMIT;
        Map<TypeName, Registration<?, ?>> registrations = Map.of(
                WorkerSimulation.LONG.name(),
                new Registration<>(WorkerSimulation.LONG, context -> null, Registration.NO_LIMIT),
                WorkerSimulation.SHORT.name(),
                new Registration<>(WorkerSimulation.SHORT, context -> null, shortLimit));
        Settings settings = new Settings(
                world.queue,
                registrations,
                Set.of("default"),
                Optional.of("worker-" + number),
                concurrency,
                random.nextBoolean() ? 0 : 20,
                Duration.ofSeconds(15).toNanos(),
                Duration.ofSeconds(90).toNanos(),
                Duration.ofSeconds(random.nextInt(4)).toNanos(),
                Duration.ofSeconds(30),
                false,
                world.clock::nanoTime,
                random::nextDouble);
        core = new WorkerCore(settings, new Listeners(List.of(events)), () -> {});
    }

    boolean gone() {
        return killed || core.hasStopped();
    }

    void kill() {
        killed = true;
    }

    void pause(Duration time) {
        pausedUntil = Math.max(pausedUntil, world.now() + time.toNanos());
    }

    void stop(Duration limit) {
        troubled = false;
        act(() -> {
            core.stop(limit);
            stopping = true;
        });
    }

    /** All that this process does is done through this: not when it was killed, later when it is paused. */
    private void act(Runnable action) {
        if (killed) {
            return;
        }
        if (world.now() < pausedUntil) {
            troubled = true;
            world.at(pausedUntil, () -> act(action));
            return;
        }
        action.run();
        pump();
    }

    void wake() {
        act(() -> {});
    }

    /** One alarm at a time, the earliest. */
    private void wakeAt(long time) {
        if (alarm <= world.now() || time < alarm) {
            alarm = time;
            world.at(time, () -> {
                if (alarm == time) {
                    wake();
                }
            });
        }
    }

    private void pump() {
        // A clock lane that lags behind must not matter.
        if (random.nextInt(4) > 0) {
            core.tick().ifPresent(at -> wakeAt(Math.max(at, world.now()) + 1));
        } else {
            wakeAt(world.now() + random.nextLong(Duration.ofSeconds(20).toNanos()));
        }
        if (claimNotBefore > world.now()) {
            wakeAt(claimNotBefore);
        }
        for (Lane lane : STORE_LANES) {
            if (!lane.takesJobs() || world.now() >= claimNotBefore) {
                Call<?> call = core.take(lane);
                if (call != null) {
                    assertThat(stopping && call instanceof ClaimCall)
                            .as("jobs are taken after a stop")
                            .isFalse();
                    send(call, Set.copyOf(told));
                }
            }
        }
        for (Run<?, ?> run = core.start(); run != null; run = core.start()) {
            start(run);
        }
    }

    private <T> void send(Call<T> call, Set<JobToken> toldBefore) {
        troubled |= world.troubled();
        world.in(
                world.latency(),
                () -> act(() -> {
                    T answer;
                    try {
                        answer = call.send();
                    } catch (RuntimeException e) {
                        checkSent(toldBefore);
                        world.in(world.latency(), () -> act(() -> call.failed(e)));
                        return;
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    checkSent(toldBefore);
                    Set<JobToken> over = world.store.takeOver();
                    world.in(
                            world.latency(),
                            () -> act(() -> {
                                told.addAll(over);
                                call.answered(answer);
                                if (answer instanceof List<?> list && list.isEmpty()) {
                                    claimNotBefore = world.now() + random.nextLong(10_000_000_000L);
                                    wakeAt(claimNotBefore);
                                }
                            }));
                }));
    }

    /** WRK-2. */
    private void checkSent(Set<JobToken> toldBefore) {
        for (JobToken token : world.store.takeSent()) {
            assertThat(toldBefore.contains(token))
                    .as("something is sent for a job that is over")
                    .isFalse();
        }
    }

    // ---- handlers

    private void start(Run<?, ?> run) {
        assertThat(stopping).as("a handler starts after a stop").isFalse();
        handlers++;
        assertThat(handlers).as("handlers at once").isLessThanOrEqualTo(concurrency);
        boolean isShort = run.type().equals(WorkerSimulation.SHORT.name());
        if (isShort) {
            shortHandlers++;
            assertThat(shortHandlers).as("handlers of the type at once").isLessThanOrEqualTo(shortLimit);
        }
        long length = isShort
                ? random.nextLong(Duration.ofMillis(20).toNanos())
                : random.nextLong(Duration.ofMinutes(4).toNanos());
        step(run, world.now() + length);
    }

    private void step(Run<?, ?> run, long endAt) {
        long left = endAt - world.now();
        long next = Math.min(left, random.nextLong(1, Duration.ofSeconds(20).toNanos()));
        world.in(
                Math.max(0, next),
                () -> act(() -> {
                    if (run.canceled()) {
                        // Some handlers take long to notice; none has an effect any more.
                        long reaction = random.nextInt(5) == 0
                                ? random.nextLong(60_000_000_000L)
                                : random.nextLong(500_000_000L);
                        world.in(reaction, () -> act(() -> returned(run, failure(LibraryError.HANDLER_FAILED.code()))));
                        return;
                    }
                    effect(run);
                    if (world.now() < endAt) {
                        if (random.nextInt(3) == 0) {
                            run.report(world.now());
                        }
                        step(run, endAt);
                    } else {
                        returned(run, outcome(run));
                    }
                }));
    }

    /** WRK-1: as long as a handler may go on, its attempt is in force or canceled; nobody else can run the job. */
    private void effect(Run<?, ?> run) {
        world.effects++;
        boolean inForce =
                world.store.real().running(List.of(run.job.token())).get(0).isPresent();
        JobState state = world.real.status(run.id()).state();
        assertThat(inForce || state == JobState.CANCELED)
                .as("handler of attempt " + run.attempt() + " goes on while its job is " + state)
                .isTrue();
    }

    private void returned(Run<?, ?> run, JobOutcome outcome) {
        handlers--;
        if (run.type().equals(WorkerSimulation.SHORT.name())) {
            shortHandlers--;
        }
        core.returned(run, outcome);
    }

    private JobOutcome outcome(Run<?, ?> run) {
        int chance = random.nextInt(20);
        if (chance == 0) {
            return failure(7);
        }
        if (chance == 1) {
            return new JobOutcome.Released(Duration.ofSeconds(random.nextInt(30)));
        }
        if (chance == 2) {
            // Follow-ups that are refused: the attempt must end all the same.
            run.followUp(WorkerSimulation.SHORT.job(null).requires(dev.jobqueue.JobId.create()));
        }
        return new JobOutcome.Succeeded(RawJson.of("[" + number + "," + run.attempt() + "]"));
    }

    private static JobOutcome failure(int code) {
        return new JobOutcome.Failed(new JobError(code, ErrorClass.INTERNAL, "planned", RawJson.NULL, false));
    }

    /** A stop may leave something behind only if the store did not answer meanwhile. */
    void checkEvents() {
        events.checkAll(!killed && !(core.hasStopped() && troubled));
    }
}
