package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Rules DEQ-3 to DEQ-5, DEQ-8, DEQ-14, QRY-6 and DUR-5: who waits is woken, at once, and nobody else is.
 *
 * <p>A waiter that is not woken fails its test after {@link StoreFixture#soon}. Time does not pass for the store unless the test says so, but the
 * waiters' own timeouts are real.
 */
@Tag(Level.MUST)
public abstract class WaitingContract extends AreaContract {
    /** Starts a thread that waits for one BUILD job, and waits until it does. */
    private Crew<JobId> waiter() {
        return waiter(Selector.of(BUILD));
    }

    private Crew<JobId> waiter(Selector selector) {
        Duration limit = fixture.soon();
        return Crew.one(
                        limit.plus(limit),
                        () -> queue.dequeue(selector, limit).orElseThrow().id())
                .waiting();
    }

    /** Checks that the change wakes a waiter for BUILD jobs, which gets this job. */
    private void assertWakes(JobId id, Runnable change) throws Exception {
        Crew<JobId> waiter = waiter();
        change.run();
        assertThat(waiter.result()).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-3 [must]: with a timeout the wait ends when it has passed, not before")
    void timeoutEndsTheWait() throws Exception {
        long start = System.nanoTime();
        assertThat(queue.dequeue(ALL, fixture.quiet())).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(fixture.quiet());
    }

    @Test
    @DisplayName("DEQ-3 [must]: without a timeout the wait has no limit")
    void waitHasNoLimit() throws Exception {
        Crew<JobId> waiter =
                Crew.one(fixture.soon(), () -> queue.dequeue(BUILD).id()).waiting();
        waiter.assertStillWaiting(fixture.quiet());
        JobId id = enqueue(BUILD);
        assertThat(waiter.result()).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-4 [must]: an interrupt ends the wait with InterruptedException")
    void interruptEndsTheWait() throws Exception {
        Crew<JobId> waiter = waiter();
        waiter.interrupt(0);
        assertThatThrownBy(waiter::result)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        JobId id = enqueue(BUILD);
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-4 [must]: an interrupt that comes while the store is at work loses no job")
    void interruptDuringAClaimLosesNoJob() throws Exception {
        GatedStore gated = new GatedStore(store);
        JobQueue other = over(gated);
        JobId id = enqueue(BUILD);
        Crew<Optional<JobId>> waiter = Crew.one(fixture.soon(), () -> {
            try {
                return other.dequeue(BUILD, fixture.soon()).map(RunningJob::id);
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        });
        gated.awaitClaim();
        waiter.interrupt(0);
        gated.open();
        if (waiter.result().isEmpty()) {
            assertThat(other.dequeue(BUILD, fixture.soon()).orElseThrow().id()).isEqualTo(id);
        }
        assertThat(state(id)).isEqualTo(JobState.RUNNING);
    }

    @Test
    @DisplayName("DEQ-5 [must]: an enqueue wakes a waiter")
    void enqueueWakes() throws Exception {
        JobRequest<RawJson, RawJson> request = BUILD.job(null);
        assertWakes(request.id(), () -> queue.enqueue(request));
        List<JobRequest<RawJson, RawJson>> graph = new ArrayList<>(requests(OTHER, 3));
        JobRequest<RawJson, RawJson> last = BUILD.job(null);
        graph.add(last);
        assertWakes(last.id(), () -> queue.enqueueAll(graph));
    }

    @Test
    @DisplayName("DEQ-5 [must]: the success of a dependency wakes a waiter")
    void endOfADependencyWakes() throws Exception {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).requires(dependency));
        RunningJob<RawJson, RawJson> job = take(dependency);
        assertWakes(id, () -> succeed(job));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a failure of a dependency wakes a waiter, also down a chain of failures")
    void failureOfADependencyWakes() throws Exception {
        JobId dependency = enqueue(OTHER);
        JobId middle = enqueue(TEST.job(null).requires(dependency));
        JobId id = enqueue(BUILD.job(null).dependsOn(middle));
        RunningJob<RawJson, RawJson> job = take(dependency);
        assertWakes(id, () -> fail(job));
    }

    @Test
    @DisplayName("DEQ-5, P6 [must]: a cancel of a dependency wakes a waiter")
    void cancelOfADependencyWakes() throws Exception {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).dependsOn(dependency));
        assertWakes(id, () -> queue.cancel(dependency, ""));
    }

    @Test
    @DisplayName("DEQ-5 [must]: the end of a pending dependency from outside wakes a waiter")
    void finishPendingOfADependencyWakes() throws Exception {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null).dependsOn(dependency));
        assertWakes(id, () -> queue.finishPending(dependency, new JobOutcome.Succeeded(RawJson.NULL)));
    }

    @Test
    @DisplayName("DEQ-5 [must]: follow-ups of a finish wake a waiter")
    void followUpsWake() throws Exception {
        enqueue(OTHER);
        RunningJob<RawJson, RawJson> job = take(OTHER);
        JobRequest<RawJson, RawJson> followUp = BUILD.job(null);
        assertWakes(followUp.id(), () -> job.succeed(null, List.of(followUp)));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a release wakes a waiter")
    void releaseWakes() throws Exception {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(BUILD);
        assertWakes(id, () -> job.release(NOW));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a failed attempt that may be tried again at once wakes a waiter")
    void retryWakes() throws Exception {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        RunningJob<RawJson, RawJson> job = take(BUILD);
        assertWakes(id, () -> fail(job));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a lost heartbeat wakes a waiter")
    void lostHeartbeatWakes() throws Exception {
        JobId id = enqueue(BUILD);
        take(BUILD);
        pass(LIMIT.plus(TICK));
        assertWakes(id, () -> assertThat(queue.expire(10)).hasSize(1));
    }

    @Test
    @DisplayName("DEQ-5, DEP-3 [must]: a heartbeat lost for good wakes a waiter for a dependent")
    void lostForGoodWakes() throws Exception {
        JobId dependency = enqueue(OTHER.job(null).recoveries(0));
        JobId id = enqueue(BUILD.job(null).dependsOn(dependency));
        take(dependency);
        pass(LIMIT.plus(TICK));
        assertWakes(id, () -> assertThat(queue.expire(10)).hasSize(1));
    }

    @Test
    @DisplayName("DEQ-5, QRY-3 [must]: resume wakes a waiter")
    void resumeWakes() throws Exception {
        PauseScope scope = new PauseScope.Family("build");
        queue.pause(scope);
        JobId id = enqueue(BUILD);
        Crew<JobId> waiter = waiter();
        waiter.assertStillWaiting(fixture.quiet());
        queue.resume(scope);
        assertThat(waiter.result()).isEqualTo(id);
    }

    @Test
    @DisplayName("DEQ-5 [must]: wake makes waiters look again, for jobs stored past this queue")
    void wakeMakesWaitersLook() throws Exception {
        JobRequest<RawJson, RawJson> request = BUILD.job(null);
        assertWakes(request.id(), () -> {
            store.insert(List.of(List.of(newJob(request))));
            queue.wake();
        });
    }

    @Test
    @DisplayName("DEQ-5 [must]: a waiter for any channel and one for several types are woken too")
    void everyKindOfSelectorIsWoken() throws Exception {
        Crew<JobId> any = waiter(Selector.of(BUILD).anyChannel());
        JobId first = enqueue(BUILD.job(null).channel("x"));
        assertThat(any.result()).isEqualTo(first);
        Crew<JobId> several = waiter(Selector.of(TEST, BUILD.variant("v")).channels("a", "b"));
        enqueue(TEST);
        enqueue(BUILD.job(null).channel("b"));
        several.assertStillWaiting(fixture.quiet());
        JobId second = enqueue(BUILD.variant("v").job(null).channel("b"));
        assertThat(several.result()).isEqualTo(second);
    }

    @Test
    @DisplayName("DEQ-5 [must]: jobs for many waiters wake as many, each job goes to one")
    void manyJobsWakeMany() throws Exception {
        Crew<JobId> waiters =
                new Crew<>(fixture.soon(), 20, i -> () -> queue.dequeue(BUILD).id()).waiting();
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 20);
        queue.enqueueAll(requests);
        assertThat(waiters.results()).containsExactlyInAnyOrderElementsOf(ids(requests));
    }

    @Test
    @DisplayName("DEQ-5 [must]: waiters of one selector are served in the order of their arrival")
    void waitersAreServedInOrder() throws Exception {
        List<Crew<JobId>> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiters.add(waiter());
        }
        for (Crew<JobId> each : waiters) {
            JobId id = enqueue(BUILD);
            assertThat(each.result()).isEqualTo(id);
        }
    }

    @Test
    @DisplayName("DEQ-5 [must]: one ready job does not wake a hundred waiters")
    void oneJobDoesNotWakeAHundred() throws Exception {
        int size = 100;
        Crew<Optional<JobId>> waiters = new Crew<>(fixture.soon(), size, i -> (Callable<Optional<JobId>>) () -> {
            try {
                return Optional.of(queue.dequeue(BUILD).id());
            } catch (JobQueueException.Closed e) {
                return Optional.empty();
            }
        });
        // The group claims for as many as it has waiters: then all have come.
        Awaitility.await().atMost(fixture.soon()).until(() -> store.lastSlots() == size);
        int before = settledClaims();
        JobId id = enqueue(BUILD);
        Awaitility.await().atMost(fixture.soon()).until(() -> waiters.done() == 1);
        Crew.watch(fixture.quiet());
        // One for the signal, one for a signal that came during it, a few polls of a shared store.
        assertThat(store.claims() - before).as("claims for one job").isBetween(1, 10);
        queue.close();
        assertThat(waiters.results().stream().flatMap(Optional::stream)).containsExactly(id);
        reopenIfDurable();
    }

    /** The number of claims once those of waiters that have just come are over. */
    private int settledClaims() throws InterruptedException {
        int claims;
        do {
            claims = store.claims();
            Crew.watch(fixture.quiet());
        } while (claims != store.claims());
        return claims;
    }

    @Test
    @DisplayName("DEQ-5 [must]: waiters for other jobs are not woken")
    void othersAreNotWoken() throws Exception {
        Crew<Boolean> other = Crew.one(fixture.soon(), () -> {
                    try {
                        return queue.dequeue(OTHER).ended();
                    } catch (JobQueueException.Closed e) {
                        return true;
                    }
                })
                .waiting();
        int before = settledClaims();
        int rounds = 6;
        for (int i = 0; i < rounds; i++) {
            enqueue(BUILD);
            other.assertStillWaiting(fixture.quiet().dividedBy(3));
        }
        assertThat(store.claims() - before)
                .as("claims after so many jobs of another type")
                .isLessThan(rounds / 2);
        queue.close();
        assertThat(other.result()).isTrue();
        reopenIfDurable();
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("DEQ-4, DEQ-5 [must, stochastic]: waiters that time out or are interrupted at any moment lose no job")
    void leavingWaitersLoseNoJob() throws Exception {
        int jobs = 300;
        Set<JobId> taken = ConcurrentHashMap.newKeySet();
        Crew<Integer> crew = new Crew<>(fixture.soon(), 8, i -> () -> {
            Random random = new Random(i);
            int interrupts = 0;
            while (taken.size() < jobs) {
                try {
                    queue.dequeue(Selector.of(BUILD), Duration.ofNanos(random.nextInt(1_500_000)))
                            .ifPresent(job -> assertThat(taken.add(job.id())).isTrue());
                } catch (InterruptedException e) {
                    interrupts++;
                }
            }
            return interrupts;
        });
        Random random = new Random(0);
        for (int i = 0; i < jobs; i++) {
            queue.enqueue(BUILD.job(null));
            crew.interrupt(random.nextInt(8));
            if (i % 10 == 0) {
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
        }
        // A job that was given back at the last moment must come to those who go on asking.
        crew.results();
        assertThat(taken).hasSize(jobs);
    }

    @Test
    @DisplayName("DEQ-8 [must]: a batch waits for the first job only")
    void batchWaitsForTheFirst() throws Exception {
        Crew<List<JobId>> waiter = Crew.one(
                        fixture.soon(),
                        () -> queue
                                .dequeueBatch(
                                        DequeueRequest.of(Selector.of(BUILD)).max(5))
                                .stream()
                                .map(RunningJob::id)
                                .toList())
                .waiting();
        JobId id = enqueue(BUILD);
        assertThat(waiter.result()).containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-14 [must]: waiters sleep until a job is due")
    void waitersSleepUntilDue() throws Exception {
        openWithRealTime();
        Duration delay = fixture.quiet();
        long start = System.nanoTime();
        JobId id = enqueue(BUILD.job(null).delay(delay));
        assertThat(queue.dequeue(BUILD, fixture.soon()).orElseThrow().id()).isEqualTo(id);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(delay.minus(TICK));
        assertThat(queue.status(id).times().due().orElseThrow())
                .isBeforeOrEqualTo(queue.status(id).attempts().get(0).started());
    }

    @Test
    @DisplayName("DEQ-14 [must]: a waiter learns of a job that is scheduled, retried or released while it waits")
    void waiterLearnsOfNewDueTimes() throws Exception {
        openWithRealTime();
        Duration delay = fixture.quiet();
        JobRequest<RawJson, RawJson> scheduled =
                BUILD.job(null).notBefore(StoreClock.system().now().plus(delay));
        assertWakes(scheduled.id(), () -> queue.enqueue(scheduled));
        JobId retried = enqueue(BUILD.job(null).attempts(2, Backoff.fixed(delay)));
        RunningJob<RawJson, RawJson> job = take(BUILD);
        assertWakes(retried, () -> fail(job));
        JobId released = enqueue(BUILD);
        RunningJob<RawJson, RawJson> second = take(BUILD);
        assertWakes(released, () -> second.release(delay));
        JobId dependency = enqueue(OTHER);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency).delay(delay));
        assertWakes(blocked, () -> queue.cancel(dependency, ""));
    }

    /** Opens a store of its own that follows the machine's clocks, for tests where time must pass by itself. */
    private void openWithRealTime() throws Exception {
        queue.close();
        fixture.close();
        fixture = newFixture();
        store = new ObservedStore(fixture.open(StoreClock.system()), null);
        queue = JobQueue.on(store);
        closeLater(queue);
    }

    @Test
    @DisplayName("QRY-6 [must]: await gives the status once the job is finished, in every final state")
    void awaitWakes() throws Exception {
        JobId succeeds = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(BUILD);
        assertThat(awaitWhile(succeeds, () -> job.succeed(number(1))).result()).contains(number(1));
        JobId fails = enqueue(BUILD);
        RunningJob<RawJson, RawJson> second = take(BUILD);
        assertThat(awaitWhile(fails, () -> fail(second)).state()).isEqualTo(JobState.FAILED);
        JobId canceled = enqueue(BUILD);
        assertThat(awaitWhile(canceled, () -> queue.cancel(canceled, "")).state())
                .isEqualTo(JobState.CANCELED);
        JobId pending = enqueue(BUILD);
        assertThat(awaitWhile(pending, () -> queue.finishPending(pending, new JobOutcome.Succeeded(RawJson.NULL)))
                        .state())
                .isEqualTo(JobState.SUCCEEDED);
        JobId lost = enqueue(BUILD.job(null).recoveries(0));
        take(BUILD);
        pass(LIMIT.plus(TICK));
        assertThat(awaitWhile(lost, () -> queue.expire(10)).state()).isEqualTo(JobState.FAILED);
        JobId dependency = enqueue(OTHER);
        JobId required = enqueue(BUILD.job(null).requires(dependency));
        assertThat(awaitWhile(required, () -> queue.cancel(dependency, "")).state())
                .isEqualTo(JobState.FAILED);
    }

    private JobStatus<RawJson> awaitWhile(JobId id, Runnable change) throws Exception {
        Duration limit = fixture.soon();
        Crew<JobStatus<RawJson>> waiter = Crew.one(
                        limit.plus(limit), () -> queue.await(id, limit).orElseThrow())
                .waiting();
        change.run();
        return waiter.result();
    }

    @Test
    @DisplayName("QRY-6 [must]: await of a finished job answers at once, a time-out gives nothing, zero asks once")
    void awaitBounds() throws Exception {
        JobId id = enqueue(BUILD);
        assertThat(queue.await(id, NOW)).isEmpty();
        assertThat(queue.await(BUILD, id, fixture.quiet())).isEmpty();
        RunningJob<RawJson, RawJson> job = take(id);
        job.release(NOW);
        assertThat(queue.await(id, NOW)).isEmpty();
        take(id).succeed(number(1));
        assertThat(queue.await(BUILD, id, NOW).orElseThrow().result()).contains(number(1));
        assertThat(queue.await(BUILD, id, fixture.soon())).isPresent();
        assertThatThrownBy(() -> queue.await(TEST, id, NOW)).isInstanceOf(JobQueueException.TypeMismatch.class);
    }

    @Test
    @DisplayName("DUR-5 [must]: close wakes all waiters with Closed")
    void closeWakesAll() throws Exception {
        JobId id = enqueue(OTHER);
        Crew<Class<?>> waiters = new Crew<>(fixture.soon(), 10, i -> (Callable<Class<?>>) () -> {
            try {
                if (i % 2 == 0) {
                    queue.dequeue(i % 4 == 0 ? BUILD : TEST).close();
                } else {
                    queue.await(id, fixture.soon());
                }
                return Void.class;
            } catch (JobQueueException e) {
                return e.getClass();
            }
        });
        waiters.waiting();
        queue.close();
        assertThat(new HashSet<>(waiters.results())).isEqualTo(Set.of(JobQueueException.Closed.class));
        reopenIfDurable();
    }

    private void reopenIfDurable() throws Exception {
        if (fixture.capabilities().contains(Capability.DURABLE)) {
            reopen();
        }
    }
}
