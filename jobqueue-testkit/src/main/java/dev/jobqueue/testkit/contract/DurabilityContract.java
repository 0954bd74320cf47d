package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.Traits.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What is there after a store was closed and opened again, and, if the fixture can, after it was killed; and what a store may not do that does not
 * declare it. Faults of disks and servers belong to the backend's own tests.
 */
@Tag(Level.MUST)
public abstract class DurabilityContract extends AreaContract {
    /** A store that does not declare it may keep what it likes: what outlives a close or a kill does not show what a power loss leaves. */
    private void assumeDurable() {
        assumeTrue(
                fixture.capabilities().contains(Capability.DURABLE),
                "the store does not declare DURABLE, and that it forgets cannot be tested");
    }

    /** Ends the store, by a kill if the fixture can, and opens it again. */
    private void restart() throws Exception {
        if (fixture.canKill()) {
            fixture.kill(store.unwrapped());
        } else {
            queue.close();
        }
        reopen();
    }

    @Test
    @DisplayName("DUR-1, ENQ-1 [must]: the store declares what its fixture expects")
    void traitsAreAsExpected(TestReporter reporter) {
        reporter.publishEntry(
                JobQueueContract.DECLARED, store.traits().capabilities().toString());
        assertThat(store.traits().capabilities()).isEqualTo(fixture.capabilities());
        assertThat(store.traits().maxBatch()).isGreaterThanOrEqualTo(100);
        assertThat(store.traits()).as("constant").isEqualTo(store.traits());
    }

    @Test
    @DisplayName("DUR-4 [must]: a store that is not shared is open once, or its openings do not see each other")
    void notSharedIsOpenOnce() throws Exception {
        assumeTrue(!fixture.capabilities().contains(Capability.SHARED), "the store declares SHARED");
        JobId id = enqueue(BUILD);
        JobStore second;
        try {
            second = fixture.open(clock);
        } catch (Exception e) {
            assertThat(takeAll()).as("the first one goes on").containsExactly(id);
            return;
        }
        try {
            assertThat(fixture.capabilities())
                    .as("a durable store that is not shared refuses a second opening")
                    .doesNotContain(Capability.DURABLE);
            assertThat(claim(second, ALL, JobToken.create()).jobs()).isEmpty();
        } finally {
            second.close();
        }
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DUR-5 [must]: close is idempotent, every call after it says closed")
    void closeIsIdempotent() throws Exception {
        JobId id = enqueue(BUILD);
        queue.close();
        queue.close();
        store.close();
        assertThatThrownBy(() -> queue.enqueue(BUILD.job(null))).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> queue.dequeue(BUILD, NOW)).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> queue.status(id)).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> queue.heartbeat(List.of(JobToken.create())))
                .isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> store.counts()).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> store.insert(List.of(List.of(newJob(BUILD.job(null))))))
                .isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> claim(store, ALL, JobToken.create())).isInstanceOf(JobQueueException.Closed.class);
        assertThatThrownBy(() -> store.find(List.of(id), EnumSet.noneOf(Part.class)))
                .isInstanceOf(JobQueueException.Closed.class);
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("DUR-5 [must, stochastic]: a close in the middle of calls ends each with its answer or with closed")
    void closeInTheMiddle() throws Exception {
        Crew<Integer> crew = new Crew<>(fixture.soon(), 4, i -> () -> {
            int done = 0;
            try {
                while (true) {
                    queue.enqueue(BUILD.job(number(i)));
                    done++;
                }
            } catch (JobQueueException.Closed e) {
                return done;
            }
        });
        while (store.ids().size() < 50) {
            Thread.onSpinWait();
        }
        queue.close();
        int acknowledged = crew.results().stream().mapToInt(n -> n).sum();
        if (fixture.capabilities().contains(Capability.DURABLE)) {
            reopen();
            assertThat(takeAll()).hasSizeBetween(acknowledged, acknowledged + 4);
        }
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DUR-1, ENQ-1 [optional]: all that was acknowledged is there after a restart, in every state")
    void everythingIsThere() throws Exception {
        assumeDurable();
        JobId dependency = enqueue(OTHER);
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>();
        requests.add(
                BUILD.job(RawJson.of("{\"b\":1,\"b\":2, \"a\":\"\\u0000\"}")).dependsOn(dependency));
        requests.add(
                BUILD.job(number(1)).delay(Duration.ofHours(1)).priority(-3).channel("c"));
        requests.add(TEST.job(number(2)).uniqueKey("k").timeout(Duration.ofHours(1)));
        requests.add(BUILD.job(number(3)).attempts(3, Backoff.fixed(Duration.ofMinutes(1))));
        requests.add(BUILD.job(number(4)));
        requests.add(BUILD.job(number(5)));
        requests.add(BUILD.job(number(6)));
        requests.forEach(queue::enqueue);
        List<JobId> ids = ids(requests);
        pass(Duration.ofSeconds(1));
        fail(ids.get(3));
        take(ids.get(4)).succeed(RawJson.of("[1.0]"));
        fail(ids.get(5));
        RunningJob<RawJson, RawJson> job = take(ids.get(6));
        queue.cancel(ids.get(6), "stop");
        JobId required = enqueue(TEST.job(null).requires(ids.get(5)));
        List<JobId> all = new ArrayList<>(ids);
        all.add(required);
        List<JobStatus<RawJson>> before = all.stream().map(queue::status).toList();
        List<JobState> states = before.stream().map(JobStatus::state).toList();
        assertThat(states)
                .containsExactly(
                        JobState.BLOCKED,
                        JobState.SCHEDULED,
                        JobState.READY,
                        JobState.SCHEDULED,
                        JobState.SUCCEEDED,
                        JobState.FAILED,
                        JobState.CANCELED,
                        JobState.FAILED);
        var counts = queue.counts();
        for (int i = 0; i < 2; i++) {
            restart();
            assertThat(all.stream().map(queue::status).toList()).containsExactlyElementsOf(before);
            assertThat(queue.counts()).containsExactlyInAnyOrderElementsOf(counts);
            for (JobRequest<RawJson, RawJson> request : requests) {
                assertThat(queue.job(request.id())).isEqualTo(request.job());
                assertThat(queue.enqueue(request).created())
                        .as("known by its id")
                        .isFalse();
            }
            assertThat(queue.enqueue(TEST.job(null).uniqueKey("k")))
                    .isEqualTo(new Enqueued(ids.get(2), false, JobState.READY));
            assertThat(queue.dependents(dependency, Page.Request.first(10)).items())
                    .containsExactly(ids.get(0));
            assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.canceled("stop"));
        }
        succeed(dependency);
        pass(Duration.ofHours(1));
        assertThat(takeAll()).containsExactly(ids.get(0), ids.get(2), ids.get(3));
        assertThat(take(Selector.of(BUILD).channels("c")).id()).isEqualTo(ids.get(1));
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DUR-1 [optional]: what a read has shown is there after a restart, progress too")
    void progressIsThere() throws Exception {
        assumeDurable();
        JobId id = enqueue(BUILD);
        take(id).report(5);
        JobStatus<RawJson> before = queue.status(id);
        assertThat(before.progress()).contains(number(5));
        restart();
        assertThat(queue.status(id)).isEqualTo(before);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DUR-1, RET-1, RET-2 [optional]: what was removed stays away after a restart")
    void removedStaysAway() throws Exception {
        assumeDurable();
        JobId pruned = enqueue(BUILD);
        succeed(pruned);
        queue.prune(NOW, 10);
        JobId deleted = enqueue(BUILD);
        succeed(deleted);
        JobId kept = enqueue(BUILD);
        queue.delete(deleted);
        restart();
        for (JobId id : List.of(pruned, deleted)) {
            assertThatThrownBy(() -> queue.job(id)).isInstanceOf(JobQueueException.NotFound.class);
        }
        assertThat(takeAll()).containsExactly(kept);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("QRY-3, DUR-1 [optional]: a pause holds after a restart, and so does a resume")
    void pauseIsDurable() throws Exception {
        assumeDurable();
        PauseScope channel = new PauseScope.Channel("default");
        PauseScope family = new PauseScope.Family("build");
        PauseScope type = new PauseScope.Type(BUILD.variant("v").name());
        JobId id = enqueue(BUILD);
        queue.pause(channel);
        queue.pause(family);
        queue.pause(type);
        queue.resume(channel);
        restart();
        assertThat(queue.paused()).containsExactlyInAnyOrder(family, type);
        assertNothingReady();
        queue.resume(family);
        restart();
        assertThat(queue.paused()).containsExactly(type);
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName(
            "CAN-1, FIN-6, F1, F2, F4 [optional]: a job canceled or ended before it ran never runs after a restart")
    void canceledJobStaysCanceled() throws Exception {
        assumeDurable();
        JobId dependency = enqueue(OTHER);
        JobId ready = enqueue(BUILD);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency));
        JobId scheduled = enqueue(BUILD.job(null).delay(Duration.ofSeconds(1)));
        List<JobId> ids = List.of(ready, blocked, scheduled);
        ids.forEach(id -> queue.cancel(id, "stop"));
        JobId ended = enqueue(BUILD);
        queue.finishPending(ended, new JobOutcome.Failed(error("x")));
        restart();
        assertThat(states(ids)).containsOnly(JobState.CANCELED);
        assertThat(state(ended)).isEqualTo(JobState.FAILED);
        succeed(dependency);
        pass(Duration.ofSeconds(1));
        assertNothingReady();
        restart();
        assertNothingReady();
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DEQ-1, F3 [optional]: the order of jobs is the same after restarts")
    void orderSurvivesRestarts() throws Exception {
        assumeDurable();
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>(requests(BUILD, 30));
        Collections.shuffle(requests, new Random(3));
        requests.subList(0, 15).forEach(queue::enqueue);
        take(requests.get(0).id()).release(NOW);
        restart();
        queue.enqueueAll(requests.subList(15, 30));
        JobId first = enqueue(BUILD.job(null).priority(1));
        restart();
        List<JobId> expected = new ArrayList<>();
        expected.add(first);
        expected.addAll(ids(requests));
        assertThat(takeAll()).containsExactlyElementsOf(expected);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName(
            "HB-5, DUR-5 [optional]: running jobs keep their token and get one full limit of grace after a restart")
    void runningJobsKeepTheirToken() throws Exception {
        assumeDurable();
        JobId id = enqueue(BUILD.job(number(1)));
        JobId silent = enqueue(BUILD.job(number(2)));
        JobToken token = take(id).token();
        take(silent);
        pass(LIMIT.minus(TICK));
        JobStatus<RawJson> before = queue.status(id);
        restart();
        assertThat(queue.status(id)).isEqualTo(before);
        assertThat(queue.stale(TICK)).isEmpty();
        pass(LIMIT);
        assertThat(queue.expire(10)).isEmpty();
        assertThat(queue.stale(LIMIT.minus(TICK))).extracting(StaleJob::id).containsExactly(id, silent);
        assertThat(queue.running(token).orElseThrow().args()).isEqualTo(number(1));
        assertThat(queue.heartbeat(List.of(token))).containsExactly(TokenAnswer.CONTINUE);
        pass(TICK);
        assertThat(queue.expire(10)).containsExactly(silent);
        assertThat(queue.finish(token, new JobOutcome.Succeeded(number(3)))).isEqualTo(TokenAnswer.DONE);
        restart();
        assertThat(queue.status(id).result()).contains(number(3));
        assertThat(queue.finish(token, new JobOutcome.Succeeded(number(3))))
                .as("repeated")
                .isEqualTo(TokenAnswer.DONE);
        assertThat(state(silent)).isEqualTo(JobState.READY);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("FIN-9, DUR-1 [optional]: the time that an attempt has run goes on over a restart")
    void timeoutGoesOn() throws Exception {
        assumeDurable();
        JobId id = enqueue(BUILD.job(null).timeout(LIMIT.multipliedBy(2)));
        JobToken token = take(id).token();
        pass(LIMIT.multipliedBy(2));
        restart();
        pass(LIMIT);
        assertThat(queue.heartbeat(List.of(token))).containsExactly(TokenAnswer.CONTINUE);
        assertThat(queue.expire(10)).isEmpty();
        pass(TICK);
        assertThat(queue.expire(10)).containsExactly(id);
        assertThat(queue.status(id).attempts().get(0).end()).contains(Attempt.End.TIMED_OUT);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DEQ-13, DUR-1 [optional]: claims repeated after a restart give the same jobs, past tokens nothing")
    void claimsAreRepeatedAfterARestart() throws Exception {
        assumeDurable();
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 4);
        requests.forEach(queue::enqueue);
        JobToken[] tokens = DequeueContract.tokens(3);
        assertThat(claim(store, ALL, tokens).jobs()).hasSize(3);
        queue.finish(tokens[1], new JobOutcome.Released(NOW));
        restart();
        assertThat(DequeueContract.jobIds(claim(store, ALL, tokens)))
                .containsExactly(requests.get(0).id(), requests.get(2).id());
        assertThat(takeAll())
                .containsExactly(requests.get(1).id(), requests.get(3).id());
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("FIN-10, FIN-8 [optional]: attempts, counts and accepted finishes are there after a restart")
    void attemptsAreThere() throws Exception {
        assumeDurable();
        JobId id = enqueue(BUILD.job(null).attempts(5, Backoff.NONE).recoveries(5));
        RunningJob<RawJson, RawJson> first = queue.dequeueBatch(
                        DequeueRequest.of(ALL).worker("a worker").timeout(NOW))
                .get(0);
        fail(first);
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        take(id).release(Duration.ofSeconds(1));
        JobStatus<RawJson> before = queue.status(id);
        restart();
        assertThat(queue.status(id)).isEqualTo(before);
        assertThat(before.attempts()).hasSize(3);
        assertThat(queue.finish(first.token(), new JobOutcome.Failed(error("x"))))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(queue.jobOf(first.token())).contains(id);
        pass(Duration.ofSeconds(1));
        assertThat(take(id).attempt()).isEqualTo(4);
    }

    @Test
    @Tag(Level.OPTIONAL)
    @DisplayName("DEP-1, DEP-3, DUR-1 [optional]: edges work on after a restart")
    void edgesWorkOn() throws Exception {
        assumeDurable();
        JobId a = enqueue(OTHER);
        JobId b = enqueue(OTHER);
        JobRequest<RawJson, RawJson> holder = OTHER.job(null).uniqueKey("k").priority(-1);
        enqueue(holder);
        JobRequest<RawJson, RawJson> skipped = OTHER.job(null).uniqueKey("k");
        JobRequest<RawJson, RawJson> depends =
                BUILD.job(null).dependsOn(a, b, a).dependsOn(skipped);
        JobId requires = enqueue(TEST.job(null).requires(b));
        queue.enqueueAll(List.of(skipped, depends));
        succeed(a);
        restart();
        assertThat(states(List.of(depends.id(), requires))).containsOnly(JobState.BLOCKED);
        fail(b);
        restart();
        assertThat(states(List.of(depends.id(), requires))).containsExactly(JobState.BLOCKED, JobState.FAILED);
        succeed(holder.id());
        restart();
        RunningJob<RawJson, RawJson> job = take(depends.id());
        assertThat(job.dependencies()).extracting(d -> d.id()).containsExactly(a, b, a, holder.id());
        assertThat(job.dependency(1, OTHER).error()).isEqualTo(Optional.of(error("it broke")));
    }

    @Test
    @Tag(Level.OPTIONAL)
    @Tag(Level.STOCHASTIC)
    @DisplayName(
            "DUR-1, DUR-5 [optional, stochastic]: what threads were told in the middle of a load is there after a restart")
    void loadIsThere() throws Exception {
        assumeDurable();
        AtomicBoolean stop = new AtomicBoolean();
        List<JobId> enqueued = Collections.synchronizedList(new ArrayList<>());
        List<JobId> succeeded = Collections.synchronizedList(new ArrayList<>());
        Crew<Integer> crew = new Crew<>(fixture.soon(), 6, i -> () -> {
            int done = 0;
            try {
                while (!stop.get() && done < 2_000) {
                    if (i % 2 == 0) {
                        enqueued.add(queue.enqueue(BUILD.job(number(done))).id());
                    } else {
                        Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(ALL, Duration.ofMillis(5));
                        if (job.isPresent() && job.get().succeed(number(1)).equals(TokenAnswer.DONE)) {
                            succeeded.add(job.get().id());
                        }
                    }
                    done++;
                }
            } catch (JobQueueException e) {
                // The store went away below this thread: what it was told before holds.
                return done;
            }
            return done;
        });
        while (succeeded.size() < 100) {
            Thread.onSpinWait();
        }
        restart();
        stop.set(true);
        crew.results();
        assertThat(states(List.copyOf(succeeded))).containsOnly(JobState.SUCCEEDED);
        for (JobId id : List.copyOf(enqueued)) {
            assertThat(queue.jobType(id)).isEqualTo(BUILD.name());
        }
    }
}
