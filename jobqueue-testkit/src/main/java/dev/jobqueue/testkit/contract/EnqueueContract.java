package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules ENQ-1 to ENQ-7, but ENQ-6: what becomes of jobs that are given to the queue. */
@Tag(Level.MUST)
public abstract class EnqueueContract extends AreaContract {
    @Test
    @DisplayName("ENQ-1 [must]: enqueue answers with id, created and the state")
    void enqueueAnswersWithTheState() {
        JobRequest<RawJson, RawJson> ready = BUILD.job(null);
        JobRequest<RawJson, RawJson> blocked = BUILD.job(null).dependsOn(ready);
        JobRequest<RawJson, RawJson> scheduled = BUILD.job(null).delay(Duration.ofSeconds(1));
        assertThat(queue.enqueue(ready)).isEqualTo(new Enqueued(ready.id(), true, JobState.READY));
        assertThat(queue.enqueue(blocked)).isEqualTo(new Enqueued(blocked.id(), true, JobState.BLOCKED));
        assertThat(queue.enqueue(scheduled)).isEqualTo(new Enqueued(scheduled.id(), true, JobState.SCHEDULED));
        assertThat(states(ids(List.of(ready, blocked, scheduled))))
                .containsExactly(JobState.READY, JobState.BLOCKED, JobState.SCHEDULED);
    }

    @Test
    @DisplayName("ENQ-1, ENQ-2 [must]: enqueueAll answers in the order of the list")
    void enqueueAllAnswersInListOrder() {
        JobRequest<RawJson, RawJson> first = BUILD.job(null);
        JobRequest<RawJson, RawJson> last = BUILD.job(null).dependsOn(first);
        assertThat(queue.enqueueAll(List.of(last, first)))
                .containsExactly(
                        new Enqueued(last.id(), true, JobState.BLOCKED),
                        new Enqueued(first.id(), true, JobState.READY));
        assertThat(queue.enqueueAll(List.of())).isEmpty();
    }

    @Test
    @DisplayName("ENQ-2, S-c [must]: a graph may name jobs of the same call in any order, and is stored as a whole")
    void graphInAnyOrder() {
        JobRequest<RawJson, RawJson> a = BUILD.job(number(1));
        JobRequest<RawJson, RawJson> b = BUILD.job(number(2)).requires(a);
        JobRequest<RawJson, RawJson> c = TEST.job(number(3)).dependsOn(a, b);
        queue.enqueueAll(JobQueue.requests(c, b, a));
        assertThat(states(ids(List.of(a, b, c)))).containsExactly(JobState.READY, JobState.BLOCKED, JobState.BLOCKED);
        succeed(a.id(), b.id(), c.id());
    }

    @Test
    @DisplayName("ENQ-2, S-c [must]: a graph with one bad job leaves nothing behind")
    void badGraphLeavesNothing() {
        JobRequest<RawJson, RawJson> good = BUILD.job(null);
        JobRequest<RawJson, RawJson> better = BUILD.job(null).dependsOn(good);
        JobRequest<RawJson, RawJson> bad = BUILD.job(null).dependsOn(better).dependsOn(JobId.create());
        assertThatThrownBy(() -> queue.enqueueAll(List.of(good, better, bad)))
                .isInstanceOf(JobQueueException.Invalid.class);
        assertNotStored(good.id(), better.id(), bad.id());
        assertNothingReady();
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("ENQ-2 [must]: a refused graph leaves no edges on the jobs it named, and can be given again")
    void refusedGraphLeavesNoEdges() {
        JobId before = enqueue(BUILD);
        JobRequest<RawJson, RawJson> missing = BUILD.job(null);
        JobRequest<RawJson, RawJson> good = BUILD.job(null).dependsOn(before);
        JobRequest<RawJson, RawJson> bad = BUILD.job(null).dependsOn(good).dependsOn(missing);
        assertThatThrownBy(() -> queue.enqueueAll(List.of(good, bad))).isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.dependents(before, Page.Request.first(10)).items()).isEmpty();
        enqueue(missing);
        queue.enqueueAll(List.of(good, bad));
        assertThat(queue.dependents(before, Page.Request.first(10)).items()).containsExactly(good.id());
        succeed(before);
        succeed(missing.id());
        succeed(good.id());
        succeed(bad.id());
    }

    @Test
    @DisplayName("ENQ-2 [must]: a cycle is refused, nothing is stored")
    void cycleIsRefused() {
        JobRequest<RawJson, RawJson> a = BUILD.job(null);
        JobRequest<RawJson, RawJson> b = BUILD.job(null).dependsOn(a);
        JobRequest<RawJson, RawJson> c = BUILD.job(null).dependsOn(b);
        JobRequest<RawJson, RawJson> cycle = a.dependsOn(c);
        assertThatThrownBy(() -> queue.enqueueAll(List.of(cycle, b, c))).isInstanceOf(JobQueueException.Invalid.class);
        JobRequest<RawJson, RawJson> self = BUILD.job(null);
        assertThatThrownBy(() -> queue.enqueue(self.dependsOn(self))).isInstanceOf(JobQueueException.Invalid.class);
        assertNotStored(a.id(), b.id(), c.id(), self.id());
    }

    @Test
    @DisplayName("ENQ-2 [must]: the same id twice in one call is refused, nothing is stored")
    void sameIdTwiceIsRefused() {
        JobRequest<RawJson, RawJson> a = BUILD.job(null);
        assertThatThrownBy(() -> queue.enqueueAll(List.of(a, a))).isInstanceOf(JobQueueException.Invalid.class);
        assertNotStored(a.id());
    }

    @Test
    @DisplayName("ENQ-3, F9 [must]: an unknown dependency is refused and named, nothing is stored")
    void unknownDependencyIsRefused() {
        JobId known = enqueue(BUILD);
        JobId unknown = JobId.create();
        for (boolean required : List.of(true, false)) {
            JobRequest<RawJson, RawJson> request = TEST.job(null).dependencies(List.of(known, unknown), required);
            assertThatThrownBy(() -> queue.enqueue(request))
                    .isInstanceOf(JobQueueException.Invalid.class)
                    .hasMessageContaining(unknown.toString());
            assertNotStored(request.id());
        }
        assertThat(queue.dependents(known, Page.Request.first(10)).items()).isEmpty();
        succeed(known);
        assertNothingReady();
    }

    @Test
    @DisplayName("ENQ-4 [must]: enqueuing the same request again is a no-op that tells its state")
    void sameRequestAgainIsANoOp() {
        JobId dependency = enqueue(BUILD);
        JobRequest<RawJson, RawJson> request = TEST.job(number(1))
                .requires(dependency)
                .channel("c")
                .priority(3)
                .attempts(3, Backoff.fixed(Duration.ofSeconds(1)))
                .timeout(Duration.ofHours(1))
                .delay(Duration.ofSeconds(1));
        assertThat(queue.enqueue(request).created()).isTrue();
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), false, JobState.BLOCKED));
        succeed(dependency);
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), false, JobState.SCHEDULED));
        pass(Duration.ofSeconds(1));
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), false, JobState.READY));
        RunningJob<RawJson, RawJson> job = take(request.id());
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), false, JobState.RUNNING));
        succeed(job);
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), false, JobState.SUCCEEDED));
        assertNothingReady();
    }

    @Test
    @DisplayName("ENQ-4 [must]: a graph may be given again as a whole, also with new jobs")
    void sameGraphAgain() {
        JobRequest<RawJson, RawJson> a = BUILD.job(null);
        JobRequest<RawJson, RawJson> b = BUILD.job(null).requires(a);
        JobRequest<RawJson, RawJson> c = BUILD.job(null).requires(b);
        queue.enqueueAll(List.of(a, b));
        assertThat(queue.enqueueAll(List.of(a, b, c)))
                .extracting(Enqueued::created)
                .containsExactly(false, false, true);
        succeed(a.id(), b.id(), c.id());
        assertNothingReady();
    }

    @Test
    @DisplayName("ENQ-4 [must]: other content under an id that exists is refused, nothing changes")
    void otherContentIsRefused() {
        JobId dependency = enqueue(OTHER);
        JobRequest<RawJson, RawJson> request = BUILD.job(number(1)).requires(dependency);
        enqueue(request);
        List<JobRequest<?, ?>> others = List.of(
                TEST.job(number(1)).id(request.id()).requires(dependency),
                BUILD.variant("v").job(number(1)).id(request.id()).requires(dependency),
                BUILD.job(number(2)).id(request.id()).requires(dependency),
                BUILD.job(number(1)).id(request.id()),
                BUILD.job(number(1)).id(request.id()).dependsOn(dependency),
                BUILD.job(number(1)).id(request.id()).requires(dependency, dependency),
                request.channel("c"),
                request.priority(1),
                request.attempts(2, Backoff.NONE),
                request.recoveries(1),
                request.delay(Duration.ofSeconds(1)),
                request.timeout(Duration.ofSeconds(1)),
                request.uniqueKey("k"));
        JobRequest<RawJson, RawJson> beside = BUILD.job(null);
        for (JobRequest<?, ?> other : others) {
            assertThatThrownBy(() -> queue.enqueueAll(JobQueue.requests(beside, other)))
                    .isInstanceOf(JobQueueException.Invalid.class)
                    .hasMessageContaining(request.id().toString());
        }
        assertNotStored(beside.id());
        assertThat(queue.job(request.id())).isEqualTo(request.job());
    }

    @Test
    @DisplayName("ENQ-4 [must]: an id is free again once its job was deleted")
    void idIsFreeAfterDelete() {
        JobRequest<RawJson, RawJson> request = BUILD.job(null);
        enqueue(request);
        succeed(request.id());
        queue.delete(request.id());
        assertThat(queue.enqueue(request)).isEqualTo(new Enqueued(request.id(), true, JobState.READY));
    }

    @Test
    @DisplayName("ENQ-5, S-f [must]: while a job with the key is unfinished, enqueue returns it")
    void uniqueKeyReturnsTheHolder() {
        JobRequest<RawJson, RawJson> keyed = BUILD.job(null).uniqueKey("k");
        JobId holder = enqueue(keyed);
        assertThat(queue.enqueue(keyed.again())).isEqualTo(new Enqueued(holder, false, JobState.READY));
        RunningJob<RawJson, RawJson> job = take(holder);
        JobRequest<RawJson, RawJson> skipped =
                BUILD.job(number(5)).uniqueKey("k").priority(5);
        assertThat(queue.enqueue(skipped)).isEqualTo(new Enqueued(holder, false, JobState.RUNNING));
        assertNotStored(skipped.id());
        job.release(Duration.ofSeconds(1));
        assertThat(queue.enqueue(keyed.again())).isEqualTo(new Enqueued(holder, false, JobState.SCHEDULED));
        assertThat(queue.counts())
                .singleElement()
                .satisfies(c -> assertThat(c.count()).isEqualTo(1));
    }

    @Test
    @DisplayName("ENQ-5 [must]: a key is per full type name and channel")
    void uniqueKeyIsPerTypeAndChannel() {
        List<JobRequest<RawJson, RawJson>> all = List.of(
                BUILD.job(null).uniqueKey("k"),
                BUILD.job(null).uniqueKey("K"),
                BUILD.job(null).uniqueKey("k").channel("c"),
                BUILD.variant("v").job(null).uniqueKey("k"),
                TEST.job(null).uniqueKey("k"),
                BUILD.job(null));
        for (JobRequest<RawJson, RawJson> request : all) {
            assertThat(queue.enqueue(request).created()).isTrue();
        }
        for (JobRequest<RawJson, RawJson> request : all.subList(0, 5)) {
            assertThat(queue.enqueue(request.again()).id()).isEqualTo(request.id());
        }
    }

    @Test
    @DisplayName("ENQ-5 [must]: every end of the job frees its key")
    void everyEndFreesTheKey() {
        JobRequest<RawJson, RawJson> keyed = BUILD.job(null).uniqueKey("k").recoveries(0);
        succeed(enqueue(keyed));
        fail(enqueueCreated(keyed.again()));
        queue.cancel(enqueueCreated(keyed.again()), "");
        queue.finishPending(enqueueCreated(keyed.again()), new JobOutcome.Succeeded(RawJson.NULL));
        take(enqueueCreated(keyed.again()));
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).hasSize(1);
        JobId failing = enqueue(TEST);
        enqueueCreated(keyed.again().requires(failing));
        fail(failing);
        JobRequest<RawJson, RawJson> bornFailed = keyed.again().requires(failing);
        assertThat(queue.enqueue(bornFailed).state()).isEqualTo(JobState.FAILED);
        enqueueCreated(keyed.again());
    }

    private JobId enqueueCreated(JobRequest<RawJson, RawJson> request) {
        Enqueued enqueued = queue.enqueue(request);
        assertThat(enqueued.created()).isTrue();
        return enqueued.id();
    }

    @Test
    @DisplayName("ENQ-5 [must]: a retried job keeps its key")
    void retriedJobKeepsItsKey() {
        JobRequest<RawJson, RawJson> keyed =
                BUILD.job(null).uniqueKey("k").attempts(3, Backoff.fixed(Duration.ofSeconds(1)));
        JobId id = enqueue(keyed);
        fail(id);
        assertThat(queue.enqueue(keyed.again()).id()).isEqualTo(id);
        pass(Duration.ofSeconds(1));
        fail(id);
        pass(Duration.ofSeconds(1));
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(queue.enqueue(keyed.again()).id()).isEqualTo(id);
        assertThat(queue.enqueue(keyed)).isEqualTo(new Enqueued(id, false, JobState.RUNNING));
        succeed(job);
        assertThat(queue.enqueue(keyed.again()).created()).isTrue();
    }

    @Test
    @DisplayName("ENQ-5 [must]: in a graph, edges to an item whose key is taken point to the existing job")
    void edgesPointToTheHolder() {
        JobId holder = enqueue(BUILD.job(null).uniqueKey("k"));
        JobRequest<RawJson, RawJson> skipped = BUILD.job(number(1)).uniqueKey("k");
        JobRequest<RawJson, RawJson> dependent = TEST.job(null).requires(skipped);
        assertThat(queue.enqueueAll(List.of(skipped, dependent)))
                .containsExactly(
                        new Enqueued(holder, false, JobState.READY),
                        new Enqueued(dependent.id(), true, JobState.BLOCKED));
        assertNotStored(skipped.id());
        assertThat(queue.status(dependent.id()).dependencies())
                .singleElement()
                .satisfies(d -> assertThat(d.id()).isEqualTo(holder));
        assertThat(queue.job(dependent.id()).dependencies())
                .as("as given")
                .containsExactly(new Dependency(skipped.id(), true));
        take(holder).succeed(number(9));
        RunningJob<RawJson, RawJson> job = take(dependent.id());
        assertThat(job.dependency(0, BUILD).result()).contains(number(9));
    }

    @Test
    @DisplayName("ENQ-5 [must]: two items of one graph with the same key make one job")
    void sameKeyTwiceInAGraph() {
        JobRequest<RawJson, RawJson> first = BUILD.job(null).uniqueKey("k");
        JobRequest<RawJson, RawJson> second = BUILD.job(null).uniqueKey("k");
        JobRequest<RawJson, RawJson> last = TEST.job(null).requires(first, second);
        assertThat(queue.enqueueAll(List.of(first, second, last)))
                .extracting(Enqueued::id)
                .containsExactly(first.id(), first.id(), last.id());
        succeed(first.id());
        assertThat(take(last.id()).dependencies()).extracting(d -> d.id()).containsExactly(first.id(), first.id());
        assertNothingReady();
    }

    @Test
    @DisplayName(
            "ENQ-5, DEP-3 [must]: a job that fails at its enqueue holds no key; the next one with it in the graph is made and checked")
    void jobThatFailsAtOnceHoldsNoKey() {
        JobId canceled = enqueue(TEST);
        queue.cancel(canceled, "not wanted");
        JobRequest<RawJson, RawJson> doomed = BUILD.job(null).requires(canceled).uniqueKey("k");
        JobRequest<RawJson, RawJson> next = BUILD.job(null).uniqueKey("k");

        assertThatThrownBy(() -> queue.enqueueAll(List.of(doomed, next.dependsOn(JobId.create()))))
                .isInstanceOf(JobQueueException.Invalid.class);
        List<Enqueued> both = queue.enqueueAll(List.of(doomed, next));

        assertThat(both.get(0).state()).isEqualTo(JobState.FAILED);
        assertThat(both.get(1)).isEqualTo(new Enqueued(next.id(), true, JobState.READY));
        assertThat(queue.enqueue(next.again()).id()).isEqualTo(next.id());
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("ENQ-5 [must, stochastic]: one job is made of a key that many threads enqueue at the same time")
    void uniqueKeyIsExactUnderConcurrency() throws Exception {
        int rounds = 30;
        Crew<List<Enqueued>> crew = new Crew<>(fixture.soon(), 16, i -> (Callable<List<Enqueued>>) () -> {
            List<Enqueued> answers = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                answers.add(accepted(store.insert(List.of(
                                        List.of(newJob(BUILD.job(number(i)).uniqueKey("k" + round)))))
                                .items()
                                .get(0))
                        .get(0));
            }
            return answers;
        });
        List<List<Enqueued>> answers = crew.results();
        for (int round = 0; round < rounds; round++) {
            Set<JobId> ids = new HashSet<>();
            long created = 0;
            for (List<Enqueued> each : answers) {
                ids.add(each.get(round).id());
                created += each.get(round).created() ? 1 : 0;
            }
            assertThat(ids).hasSize(1);
            assertThat(created).isEqualTo(1);
        }
        assertThat(takeAll()).hasSize(rounds);
    }

    @Test
    @DisplayName("ENQ-7, P1 [must]: the list of dependencies is kept as given, order and duplicates")
    void dependenciesAreKeptAsGiven() {
        List<JobId> ids = ids(requests(OTHER, 6));
        ids.forEach(id -> enqueue(OTHER.job(null).id(id)));
        JobRequest<RawJson, RawJson> request = BUILD.job(null)
                .dependsOn(ids.get(4), ids.get(1))
                .requires(ids.get(5))
                .dependsOn(ids.get(0), ids.get(4), ids.get(2));
        enqueue(request);
        assertThat(queue.job(request.id()).dependencies())
                .extracting(Dependency::id)
                .containsExactly(ids.get(4), ids.get(1), ids.get(5), ids.get(0), ids.get(4), ids.get(2));
        assertThat(queue.job(request.id()).dependencies())
                .extracting(Dependency::required)
                .containsExactly(false, false, true, false, false, false);
        assertThat(queue.job(request.id())).isEqualTo(request.job());
    }

    @Test
    @DisplayName("ENQ-7 [must]: a dependency may be in any state, the dependent is ready if all are finished")
    void dependencyMayBeInAnyState() {
        JobId succeeded = enqueue(OTHER);
        succeed(succeeded);
        JobId failed = enqueue(OTHER);
        fail(failed);
        JobId canceled = enqueue(OTHER);
        queue.cancel(canceled, "");
        JobId running = enqueue(OTHER);
        RunningJob<RawJson, RawJson> runs = take(running);
        JobId scheduled = enqueue(OTHER.job(null).delay(Duration.ofDays(1)));
        JobId blocked = enqueue(OTHER.job(null).dependsOn(scheduled));
        JobRequest<RawJson, RawJson> ready = BUILD.job(null).dependsOn(succeeded, failed, canceled);
        assertThat(queue.enqueue(ready).state()).isEqualTo(JobState.READY);
        for (JobId id : List.of(running, scheduled, blocked)) {
            assertThat(queue.enqueue(BUILD.job(null).dependsOn(succeeded, id)).state())
                    .isEqualTo(JobState.BLOCKED);
        }
        assertThat(takeAll()).containsExactly(ready.id());
        succeed(runs);
        assertThat(takeAll()).hasSize(1);
    }

    @Test
    @DisplayName("ENQ-7, F15 [must]: a job may have any number of dependents, and a type any number of jobs")
    void manyDependents() {
        JobId root = enqueue(OTHER);
        List<JobRequest<RawJson, RawJson>> dependents =
                requests(BUILD, 300).stream().map(r -> r.dependsOn(root)).toList();
        dependents.forEach(queue::enqueue);
        succeed(root);
        assertThat(takeAll()).containsExactlyElementsOf(ids(dependents));
    }

    private void assertNotStored(JobId... ids) {
        for (JobId id : ids) {
            assertThatThrownBy(() -> queue.job(id)).isInstanceOf(JobQueueException.NotFound.class);
        }
    }
}
