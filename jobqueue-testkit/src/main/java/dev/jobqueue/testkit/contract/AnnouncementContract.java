package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Traits.Capability;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Rules DEQ-5, DEQ-14 and QRY-6 at the store itself: what a change means for waiters stands in its receipt, and the listeners of other openings of a
 * shared store hear of it.
 *
 * <p>Waiters over a store that polls are woken in the end whatever a receipt says, so nobody else sees one that says too little.
 */
@Tag(Level.MUST)
public abstract class AnnouncementContract extends AreaContract {
    private static final TypeChannel BUILDS = pair(BUILD);

    /** What the listener of another opening was told. */
    private final List<Changes> heard = new CopyOnWriteArrayList<>();

    /** Another opening of a shared store has a listener that is told of changes when this returns. */
    private void listen() throws Exception {
        if (fixture.capabilities().contains(Capability.SHARED) && fixture.tellsOthers()) {
            JobStore other = new ObservedStore(fixture.open(clock), store);
            over(other);
            var unused = other.subscribe(heard::add);
            // A listener may begin late, and says "anything" then, so it must have named something first.
            Awaitility.await()
                    .atMost(fixture.soon())
                    .pollInterval(fixture.quiet())
                    .until(() -> {
                        boolean named = heard.stream()
                                .anyMatch(changes -> changes.ready().containsKey(pair(OTHER)));
                        enqueue(OTHER);
                        return named;
                    });
            heard.clear();
        }
    }

    private void assertHeard(Predicate<Changes> named) {
        if (fixture.capabilities().contains(Capability.SHARED) && fixture.tellsOthers()) {
            Awaitility.await()
                    .alias("another opening hears of it")
                    .atMost(fixture.soon())
                    .until(() -> heard.stream().anyMatch(changes -> changes.anything() || named.test(changes)));
        }
    }

    /** The change makes so many jobs of each pair READY, and says so. */
    private void assertReady(Map<TypeChannel, Integer> pairs, Runnable change) throws Exception {
        listen();
        change.run();
        assertThat(store.lastChanges().ready())
                .as("what the receipt says became READY")
                .isEqualTo(pairs);
        pairs.keySet().forEach(pair -> assertHeard(changes -> changes.ready().containsKey(pair)));
    }

    /** The change makes one BUILD job READY, and says so. */
    private void assertReady(Runnable change) throws Exception {
        assertReady(Map.of(BUILDS, 1), change);
    }

    /** The change gives a BUILD job a due time, and says so. */
    private void assertScheduled(Runnable change) throws Exception {
        listen();
        change.run();
        assertThat(store.lastChanges())
                .as("what the receipt says got a due time")
                .matches(changes -> changes.anything() || changes.scheduled().equals(Set.of(BUILDS)));
        assertHeard(changes -> changes.scheduled().contains(BUILDS));
    }

    /** The change ends these jobs, and says so. */
    private void assertEnded(Set<JobId> ids, Runnable change) throws Exception {
        listen();
        change.run();
        assertThat(store.lastChanges())
                .as("what the receipt says has ended")
                .matches(changes -> changes.anything()
                        || (changes.ended().size() == ids.size() && ids.containsAll(changes.ended())));
        ids.forEach(id -> assertHeard(changes -> changes.ended().contains(id)));
    }

    @Test
    @DisplayName("DEQ-5 [must]: an enqueue names the pairs that have jobs to take, and how many")
    void enqueueNamesThePairs() throws Exception {
        JobRequest<RawJson, RawJson> first = BUILD.job(null);
        List<JobRequest<RawJson, RawJson>> graph = List.of(
                first,
                BUILD.job(null),
                BUILD.job(null).channel("c"),
                TEST.job(null).dependsOn(first),
                TEST.job(null).delay(TICK));
        assertReady(Map.of(BUILDS, 2, new TypeChannel(BUILD.name(), "c"), 1), () -> queue.enqueueAll(graph));
    }

    @Test
    @DisplayName("DEQ-5 [must]: the end of a dependency names the pairs of those that waited for nothing else")
    void endOfADependencyNamesThePairs() throws Exception {
        JobId dependency = enqueue(TEST);
        JobId longer = enqueue(TEST.job(null).channel("c"));
        enqueue(BUILD.job(null).dependsOn(dependency));
        enqueue(BUILD.job(null).requires(dependency));
        enqueue(BUILD.job(null).channel("c").dependsOn(dependency, longer));
        RunningJob<RawJson, RawJson> job = take(dependency);
        assertReady(Map.of(BUILDS, 2), () -> succeed(job));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a failure names the pairs of those that it frees down a chain of failures")
    void failureNamesThePairs() throws Exception {
        JobId dependency = enqueue(TEST);
        JobId middle = enqueue(TEST.job(null).requires(dependency));
        enqueue(BUILD.job(null).dependsOn(middle));
        RunningJob<RawJson, RawJson> job = take(dependency);
        assertReady(() -> fail(job));
    }

    @Test
    @DisplayName("DEQ-5, FIN-7 [must]: a finish names the pairs of its follow-ups")
    void finishNamesThePairsOfFollowUps() throws Exception {
        JobId id = enqueue(TEST);
        RunningJob<RawJson, RawJson> job = take(id);
        assertReady(
                () -> job.succeed(null, List.of(BUILD.job(null), TEST.job(null).delay(TICK))));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a release names the pair of the job")
    void releaseNamesThePair() throws Exception {
        enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take();
        assertReady(() -> job.release(NOW));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a failed attempt that may be tried again at once names the pair of the job")
    void retryNamesThePair() throws Exception {
        enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        RunningJob<RawJson, RawJson> job = take();
        assertReady(() -> fail(job));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a sweep names the pair of a job whose heartbeat was lost")
    void lostHeartbeatNamesThePair() throws Exception {
        enqueue(BUILD);
        take();
        pass(LIMIT.plus(TICK));
        assertReady(() -> queue.expire(10));
    }

    @Test
    @DisplayName("DEQ-5, FIN-9 [must]: a sweep names the pair of a job whose attempt was over its time")
    void timeoutNamesThePair() throws Exception {
        enqueue(BUILD.job(null).timeout(Duration.ofSeconds(1)).attempts(2, Backoff.NONE));
        RunningJob<RawJson, RawJson> job = take();
        pass(LIMIT);
        beat(job);
        pass(Duration.ofSeconds(1).plus(TICK));
        assertReady(() -> queue.expire(10));
    }

    @Test
    @DisplayName(
            "DEQ-5 [must]: a sweep names the pairs of those that waited for a job whose heartbeat was lost for good")
    void lostForGoodNamesThePairs() throws Exception {
        JobId dependency = enqueue(TEST.job(null).recoveries(0));
        enqueue(BUILD.job(null).dependsOn(dependency));
        take();
        pass(LIMIT.plus(TICK));
        assertReady(() -> queue.expire(10));
    }

    @Test
    @DisplayName("DEQ-5 [must]: a cancel names the pairs of those that waited for the job, or for one canceled with it")
    void cancelNamesThePairs() throws Exception {
        JobId below = enqueue(TEST);
        JobId dependency = enqueue(TEST.job(null).dependsOn(below));
        enqueue(BUILD.job(null).dependsOn(dependency));
        assertReady(() -> queue.cancelGraph(dependency, ""));
        JobId other = enqueue(TEST);
        enqueue(BUILD.job(null).dependsOn(other));
        assertReady(() -> queue.cancel(other, ""));
    }

    @Test
    @DisplayName("DEQ-5 [must]: the end of a pending job from outside names the pairs of those that waited for it")
    void finishPendingNamesThePairs() throws Exception {
        JobId dependency = enqueue(TEST);
        enqueue(BUILD.job(null).dependsOn(dependency));
        assertReady(() -> queue.finishPending(dependency, new JobOutcome.Succeeded(RawJson.NULL)));
    }

    @Test
    @DisplayName("DEQ-5, QRY-3 [must]: a resume names the pairs that can be taken again")
    void resumeNamesThePairs() throws Exception {
        PauseScope scope = new PauseScope.Family("build");
        queue.pause(scope);
        queue.enqueueAll(requests(BUILD, 3));
        assertReady(Map.of(BUILDS, 3), () -> queue.resume(scope));
    }

    @Test
    @DisplayName("DEQ-14 [must]: whatever gives a job a due time names its pair")
    void dueTimesAreNamed() throws Exception {
        assertScheduled(() -> enqueue(BUILD.job(null).delay(TICK)));
        pass(TICK);
        RunningJob<RawJson, RawJson> released = take();
        assertScheduled(() -> released.release(TICK));
        pass(TICK);
        succeed(take());
        enqueue(BUILD.job(null).attempts(2, Backoff.fixed(LIMIT)));
        RunningJob<RawJson, RawJson> failed = take();
        assertScheduled(() -> fail(failed));
        JobId dependency = enqueue(OTHER);
        enqueue(BUILD.job(null).dependsOn(dependency).delay(LIMIT));
        assertScheduled(() -> queue.cancel(dependency, ""));
    }

    @Test
    @DisplayName("QRY-6 [must]: whatever ends jobs names each of them, those that fail with it too")
    void endsAreNamed() throws Exception {
        JobId succeeds = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take();
        assertEnded(Set.of(succeeds), () -> succeed(job));
        JobId fails = enqueue(BUILD);
        JobId follows = enqueue(BUILD.job(null).requires(fails));
        JobId last = enqueue(BUILD.job(null).requires(follows));
        RunningJob<RawJson, RawJson> second = take();
        assertEnded(Set.of(fails, follows, last), () -> fail(second));
        JobId canceled = enqueue(BUILD);
        assertEnded(Set.of(canceled), () -> queue.cancel(canceled, ""));
        JobId pending = enqueue(BUILD);
        assertEnded(Set.of(pending), () -> queue.finishPending(pending, new JobOutcome.Succeeded(RawJson.NULL)));
        JobId lost = enqueue(BUILD.job(null).recoveries(0));
        take();
        pass(LIMIT.plus(TICK));
        assertEnded(Set.of(lost), () -> queue.expire(10));
    }

    @Test
    @DisplayName("QRY-6, CAN-5 [must]: a cancel of a graph names each job that it ends")
    void cancelOfAGraphNamesItsJobs() throws Exception {
        JobId below = enqueue(BUILD);
        JobId canceled = enqueue(BUILD.job(null).dependsOn(below));
        assertEnded(Set.of(below, canceled), () -> queue.cancelGraph(canceled, ""));
    }

    @Test
    @DisplayName("QRY-6, DEP-3 [must]: a job that fails while it is enqueued is named as ended")
    void failureAtTheEnqueueIsNamed() throws Exception {
        JobId dependency = enqueue(BUILD);
        fail(dependency);
        JobRequest<RawJson, RawJson> late = BUILD.job(null).requires(dependency);
        assertEnded(Set.of(late.id()), () -> enqueue(late));
    }
}
