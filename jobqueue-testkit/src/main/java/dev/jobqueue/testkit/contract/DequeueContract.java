package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.PauseScope;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules DEQ-1 to DEQ-14 as far as one thread can see them: which job comes next, and what comes with it. */
@Tag(Level.MUST)
public abstract class DequeueContract extends AreaContract {
    @Test
    @DisplayName("DEQ-1, S-f [must]: highest priority first, then enqueue order")
    void priorityThenEnqueueOrder() {
        int[] priorities = {0, 5, -3, 5, 0, Short.MAX_VALUE, Short.MIN_VALUE, 1};
        List<JobId> ids = new ArrayList<>();
        List<JobId> others = new ArrayList<>();
        for (int priority : priorities) {
            ids.add(enqueue(BUILD.job(null).priority(priority)));
            others.add(enqueue(OTHER.job(null).priority(priority)));
        }
        int[] order = {5, 1, 3, 7, 0, 4, 2, 6};
        List<JobId> expected = IntStream.of(order).mapToObj(ids::get).toList();
        assertThat(takeAll()).containsExactlyElementsOf(expected);
        // A store may have a short way to the next job of a single type.
        assertThat(IntStream.of(order).mapToObj(i -> take(OTHER).id()))
                .containsExactlyElementsOf(
                        IntStream.of(order).mapToObj(others::get).toList());
    }

    @Test
    @DisplayName("DEQ-1 [must]: one order over all types and channels of a selector, also in a batch")
    void oneOrderOverAllPairs() {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add(enqueue(
                    (i % 3 == 0 ? TEST : BUILD).job(null).channel("c" + i % 4).priority(i / 6)));
        }
        List<JobId> expected = new ArrayList<>(ids.subList(6, 12));
        expected.addAll(ids.subList(0, 6));
        List<JobId> claimed = claim(store, ALL.anyChannel(), tokens(5)).jobs().stream()
                .map(j -> j.job().id())
                .collect(Collectors.toCollection(ArrayList::new));
        Selector all = ALL.channels("c3", "c2", "c1", "c0");
        for (Optional<RunningJob<RawJson, RawJson>> next = tryTake(all); next.isPresent(); next = tryTake(all)) {
            claimed.add(next.get().id());
        }
        assertThat(claimed).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("DEQ-1, P13 [must]: jobs enqueued at the same instant keep their order, whatever their ids")
    void sameInstantKeepsTheOrder() {
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>(requests(BUILD, 40));
        Collections.shuffle(requests, new Random(1));
        requests.forEach(queue::enqueue);
        assertThat(takeAll()).containsExactlyElementsOf(ids(requests));
    }

    @Test
    @DisplayName("DEQ-1 [must]: a released and a retried job keep their place")
    void releaseAndRetryKeepTheirPlace() {
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD.job(null).attempts(5, Backoff.NONE));
        JobId third = enqueue(BUILD);
        RunningJob<RawJson, RawJson> one = take(first);
        RunningJob<RawJson, RawJson> two = take(second);
        fail(two);
        one.release(NOW);
        assertThat(takeAll()).containsExactly(first, second, third);
    }

    @Test
    @DisplayName("DEQ-1 [must]: the place goes by the enqueue, not by the time at which a job became ready")
    void placeGoesByTheEnqueue() {
        JobId dependency = enqueue(OTHER);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(dependency));
        JobId delayed = enqueue(BUILD.job(null).delay(Duration.ofSeconds(1)));
        JobId ready = enqueue(BUILD);
        succeed(dependency);
        pass(Duration.ofSeconds(1));
        assertThat(takeAll()).containsExactly(blocked, delayed, ready);
    }

    @Test
    @DisplayName("DEQ-1 [must]: a recovered job keeps its place")
    void recoveredJobKeepsItsPlace() {
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD);
        take(first);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertThat(takeAll()).containsExactly(first, second);
    }

    @Test
    @DisplayName("DEQ-1 [must]: inside one enqueueAll the order is the list, dependencies first")
    void listOrderInsideAGraph() {
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>(requests(BUILD, 20));
        JobRequest<RawJson, RawJson> early = TEST.job(null).dependsOn(requests.get(19));
        requests.add(0, early);
        queue.enqueueAll(requests);
        List<JobId> expected = new ArrayList<>();
        expected.add(requests.get(20).id());
        requests.subList(1, 20).forEach(r -> expected.add(r.id()));
        assertThat(takeAll()).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("DEQ-2, F4, F12 [must]: a job is given once, and not again while it runs or after its end")
    void aJobIsGivenOnce() {
        JobId succeeded = enqueue(BUILD);
        JobId failed = enqueue(BUILD);
        JobId released = enqueue(BUILD);
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(10);
        assertThat(jobs).extracting(RunningJob::id).containsExactly(succeeded, failed, released);
        assertThat(jobs).extracting(RunningJob::token).doesNotHaveDuplicates();
        assertNothingReady();
        succeed(jobs.get(0));
        fail(jobs.get(1));
        jobs.get(2).release(NOW);
        assertThat(takeAll()).containsExactly(released);
        assertThat(states(List.of(succeeded, failed, released)))
                .containsExactly(JobState.SUCCEEDED, JobState.FAILED, JobState.RUNNING);
    }

    @Test
    @DisplayName("DEQ-2, P8 [must]: a claimed job has its token and its heartbeat from the start")
    void claimStartsTheHeartbeat() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        assertThat(queue.running(job.token()).orElseThrow().id()).isEqualTo(id);
        pass(Duration.ofSeconds(10));
        assertThat(queue.stale(Duration.ofSeconds(9))).extracting(StaleJob::id).containsExactly(id);
        pass(LIMIT);
        assertThat(queue.expire(10)).as("a worker that never spoke is found").containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-3 [must]: a timeout of zero or less is one attempt")
    void zeroTimeoutIsOneAttempt() throws Exception {
        assertThat(queue.dequeue(ALL, Duration.ZERO)).isEmpty();
        assertThat(queue.dequeue(ALL, Duration.ofSeconds(-5))).isEmpty();
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD);
        assertThat(queue.dequeue(ALL, Duration.ZERO).orElseThrow().id()).isEqualTo(first);
        assertThat(queue.dequeue(ALL, Duration.ofSeconds(-5)).orElseThrow().id())
                .isEqualTo(second);
    }

    @Test
    @DisplayName("DEQ-7 [must]: dequeue by id takes a job out of turn")
    void dequeueByIdTakesOutOfTurn() {
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD.job(number(2)).priority(-5));
        RunningJob<RawJson, RawJson> job = queue.dequeue(BUILD, second);
        assertThat(job.id()).isEqualTo(second);
        assertThat(job.args()).isEqualTo(number(2));
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(state(second)).isEqualTo(JobState.RUNNING);
        succeed(job);
        assertThat(takeAll()).containsExactly(first);
    }

    @Test
    @DisplayName("DEQ-7, F2 [must]: dequeue by id of a job that is not ready throws its state")
    void dequeueByIdNeedsAReadyJob() {
        JobId running = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(running);
        JobId blocked = enqueue(BUILD.job(null).dependsOn(running));
        JobId scheduled = enqueue(BUILD.job(null).delay(Duration.ofSeconds(1)));
        JobId canceled = enqueue(BUILD);
        queue.cancel(canceled, "");
        JobId canceledWhileBlocked = enqueue(BUILD.job(null).dependsOn(running));
        queue.cancel(canceledWhileBlocked, "");
        for (JobId id : List.of(running, blocked, scheduled, canceled, canceledWhileBlocked)) {
            JobState state = state(id);
            assertThatThrownBy(() -> queue.dequeue(BUILD, id))
                    .isInstanceOfSatisfying(
                            JobQueueException.NotPending.class,
                            e -> assertThat(e.state()).isEqualTo(state));
        }
        assertThatThrownBy(() -> queue.dequeue(BUILD, JobId.create())).isInstanceOf(JobQueueException.NotFound.class);
        succeed(job);
        assertThatThrownBy(() -> queue.dequeue(BUILD, canceledWhileBlocked))
                .isInstanceOf(JobQueueException.NotPending.class);
        assertThatThrownBy(() -> queue.dequeue(BUILD, running))
                .isInstanceOfSatisfying(
                        JobQueueException.NotPending.class,
                        e -> assertThat(e.state()).isEqualTo(JobState.SUCCEEDED));
        pass(Duration.ofSeconds(1));
        assertThat(queue.dequeue(BUILD, scheduled).id()).isEqualTo(scheduled);
        assertThat(takeAll()).containsExactly(blocked);
    }

    @Test
    @DisplayName("DEQ-8, S-f [must]: a batch takes up to n jobs, and what is there if there are fewer")
    void batchTakesUpToN() throws Exception {
        queue.enqueueAll(requests(BUILD, 7));
        assertThat(takeBatch(5)).hasSize(5);
        assertThat(queue.dequeueBatch(DequeueRequest.of(ALL).max(5).timeout(fixture.soon())))
                .as("waits for the first only")
                .hasSize(2);
        assertThat(takeBatch(5)).isEmpty();
    }

    @Test
    @DisplayName("DEQ-8 [must]: a batch may be larger than what the store takes at once")
    void batchLargerThanTheStoreTakes() {
        int n = Math.min(store.traits().maxBatch() + 50, 10_000);
        queue.enqueueAll(requests(BUILD, n));
        List<JobId> ids = new ArrayList<>();
        while (ids.size() < n) {
            List<RunningJob<RawJson, RawJson>> some = takeBatch(n - ids.size());
            assertThat(some).isNotEmpty();
            some.forEach(j -> ids.add(j.id()));
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertNothingReady();
    }

    @Test
    @DisplayName("DEQ-9 [must]: without a channel only the default one is asked, anyChannel asks all")
    void channels() {
        JobId plain = enqueue(BUILD);
        JobId inC = enqueue(BUILD.job(null).channel("c"));
        JobId inD = enqueue(BUILD.job(null).channel("d"));
        JobId capital = enqueue(BUILD.job(null).channel("C"));
        assertThat(take(BUILD).id()).isEqualTo(plain);
        assertNothingReady();
        assertThat(tryTake(Selector.of(BUILD).channels("x"))).isEmpty();
        assertThat(take(Selector.of(BUILD).channels("x", "c")).id()).isEqualTo(inC);
        assertThat(tryTake(Selector.of(BUILD).channels("x", "c"))).isEmpty();
        assertThat(take(Selector.of(BUILD).anyChannel()).id()).isEqualTo(inD);
        assertThat(take(Selector.of(BUILD).anyChannel()).id()).isEqualTo(capital);
        assertThat(tryTake(Selector.of(BUILD).anyChannel())).isEmpty();
    }

    @Test
    @DisplayName("DEQ-9 [must]: a selector with no types or no channels is refused, one of 1,000 pairs works")
    void selectorBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> Selector.of());
        assertThatIllegalArgumentException().isThrownBy(() -> Selector.of(BUILD).channels(new String[0]));
        Set<TypeName> types =
                IntStream.range(0, 40).mapToObj(i -> TypeName.parse("t" + i)).collect(Collectors.toSet());
        Set<String> channels = IntStream.range(0, 25).mapToObj(i -> "c" + i).collect(Collectors.toSet());
        Selector most = new Selector(types, channels);
        assertThat(tryTake(most)).isEmpty();
        enqueue(JobType.raw("t40").job(null).channel("c1"));
        JobId late = enqueue(JobType.raw("t39").job(null).channel("c24"));
        JobId early = enqueue(JobType.raw("t0").job(null).channel("c0").priority(1));
        assertThat(take(most).id()).isEqualTo(early);
        assertThat(take(most).id()).isEqualTo(late);
        assertThat(tryTake(most)).isEmpty();
        channels.add("one more");
        assertThatIllegalArgumentException().isThrownBy(() -> new Selector(types, channels));
    }

    @Test
    @DisplayName("DEQ-10 [must]: the running job brings args, definition and the outcomes of its dependencies")
    void runningJobBringsEverything() {
        JobId ok = enqueue(OTHER);
        JobId bad = enqueue(OTHER);
        JobRequest<RawJson, RawJson> request =
                BUILD.job(number(1)).requires(ok).dependsOn(bad).timeout(Duration.ofHours(1));
        enqueue(request);
        take(ok).succeed(number(5));
        take(bad).finish(new JobOutcome.Failed(error("x"), Optional.of(number(6))), List.of());
        RunningJob<RawJson, RawJson> job = take(BUILD);
        assertThat(job.job()).isEqualTo(request.job());
        assertThat(job.args()).isEqualTo(number(1));
        assertThat(job.dependencies()).hasSize(2);
        assertThat(job.dependency(0, OTHER).result()).contains(number(5));
        assertThat(job.dependency(1, OTHER).result()).contains(number(6));
        assertThat(job.dependency(1, OTHER).error().map(JobError::reason)).contains("x");
        RunningJob<RawJson, RawJson> again = queue.running(job.token()).orElseThrow();
        assertThat(again.job()).isEqualTo(request.job());
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.dependencies()).isEqualTo(job.dependencies());
    }

    @Test
    @DisplayName("DEQ-10 [must]: results beyond 8 MiB are read when asked for")
    void largeResultsAreReadLater() {
        RawJson large = RawJson.of("\"" + "x".repeat(3 << 20) + "\"");
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(enqueue(OTHER));
            take(ids.get(i)).succeed(large);
        }
        enqueue(BUILD.job(null).dependencies(ids, true));
        enqueue(TEST.job(null).requires(ids.get(0), ids.get(1), ids.get(0)));
        Claimed claimed = claim(store, ALL, tokens(2));
        assertThat(claimed.jobs()).extracting(ClaimedJob::resultsIncluded).containsExactly(false, true);
        assertThat(claimed.jobs().get(0).dependencies()).allSatisfy(d -> {
            assertThat(d.state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(d.result()).isEmpty();
        });
        RunningJob<RawJson, RawJson> job =
                queue.running(claimed.jobs().get(0).token()).orElseThrow();
        assertThat(job.dependencies())
                .allSatisfy(
                        d -> assertThat(d.result().orElseThrow().equals(large)).isTrue());
        assertThat(job.dependency(2, OTHER).result().orElseThrow().size()).isEqualTo(large.size());
    }

    @Test
    @DisplayName("DEQ-12 [must]: a batch gives all that is there, whatever the order of types and channels")
    void batchGivesAllThatIsThere() {
        for (int i = 0; i < 30; i++) {
            enqueue((i % 2 == 0 ? BUILD : TEST).job(null).channel("c" + i % 5));
        }
        Claimed claimed = claim(store, ALL.anyChannel(), tokens(29));
        assertThat(claimed.jobs()).hasSize(29);
        assertThat(claimed.more()).as("one is left").isTrue();
        assertThat(claim(store, ALL.anyChannel(), tokens(2)).jobs()).hasSize(1);
        assertThat(claim(store, ALL.anyChannel(), tokens(2)).jobs()).isEmpty();
    }

    @Test
    @DisplayName("DEQ-12 [must]: paused, blocked, scheduled and other jobs in front hide nothing")
    void othersInFrontHideNothing() {
        JobId dependency = enqueue(OTHER);
        for (int i = 0; i < 20; i++) {
            enqueue(BUILD.job(null).priority(9).channel("paused"));
            enqueue(BUILD.job(null).priority(9).dependsOn(dependency));
            enqueue(BUILD.job(null).priority(9).delay(Duration.ofHours(1)));
            enqueue(OTHER.job(null).priority(9));
        }
        JobId id = enqueue(BUILD.job(null).priority(-1));
        queue.pause(new PauseScope.Channel("paused"));
        assertThat(take(ALL.anyChannel()).id()).isEqualTo(id);
        assertThat(tryTake(ALL.anyChannel())).isEmpty();
    }

    @Test
    @DisplayName("DEQ-13 [must]: a claim repeated with the same tokens gives what they hold, then new jobs")
    void repeatedClaimGivesTheSameJobs() {
        List<JobId> ids = ids(requests(BUILD, 5));
        ids.forEach(id -> enqueue(BUILD.job(null).id(id)));
        JobToken[] tokens = tokens(3);
        assertThat(jobIds(claim(store, ALL, tokens[0], tokens[1]))).containsExactly(ids.get(0), ids.get(1));
        Claimed again = claim(store, ALL, tokens[1], tokens[2], tokens[0]);
        assertThat(jobIds(again)).containsExactly(ids.get(1), ids.get(0), ids.get(2));
        assertThat(again.jobs()).extracting(ClaimedJob::token).containsExactly(tokens[1], tokens[0], tokens[2]);
        assertThat(again.jobs()).extracting(ClaimedJob::attempt).containsExactly(1, 1, 1);
        assertThat(queue.status(ids.get(0)).attempts()).hasSize(1);
        assertThat(takeAll()).containsExactly(ids.get(3), ids.get(4));
        assertThat(jobIds(claim(store, ALL, tokens))).as("nothing new").hasSize(3);
    }

    @Test
    @DisplayName("DEQ-13 [must]: a repeated claim gives held jobs also if the selector or a pause no longer fits")
    void heldJobsComeWhateverTheSelector() {
        JobId id = enqueue(BUILD);
        JobToken token = JobToken.create();
        claim(store, ALL, token);
        queue.pause(new PauseScope.Channel("default"));
        assertThat(jobIds(claim(store, Selector.of(BUILD), token))).containsExactly(id);
        queue.resume(new PauseScope.Channel("default"));
    }

    @Test
    @DisplayName("DEQ-13 [must]: a token that was in force and is not any more gets nothing")
    void pastTokenGetsNothing() {
        JobToken finished = JobToken.create();
        JobToken released = JobToken.create();
        JobToken canceled = JobToken.create();
        List<JobId> ids = ids(requests(BUILD, 3));
        ids.forEach(id -> enqueue(BUILD.job(null).id(id)));
        assertThat(claim(store, ALL, finished, released, canceled).jobs()).hasSize(3);
        queue.finish(finished, new JobOutcome.Succeeded(RawJson.NULL));
        queue.finish(released, new JobOutcome.Released(NOW));
        queue.cancel(ids.get(2), "");
        assertThat(claim(store, ALL, finished, released, canceled).jobs()).isEmpty();
        assertThat(refused(store.claim(ids.get(1), new ClaimSlot(finished, "worker"))))
                .isNotNull();
        assertThat(takeAll()).containsExactly(ids.get(1));
    }

    @Test
    @DisplayName("DEQ-13 [must]: a claim by id repeated with its token gives the job again")
    void repeatedClaimByIdGivesTheJob() {
        JobId id = enqueue(BUILD);
        ClaimSlot slot = new ClaimSlot(JobToken.create(), "worker");
        ClaimedJob first = accepted(store.claim(id, slot));
        assertThat(accepted(store.claim(id, slot))).isEqualTo(first);
        assertThat(refused(store.claim(id, new ClaimSlot(JobToken.create(), "worker"))))
                .isEqualTo(Answer.Reason.NOT_PENDING);
        assertThat(jobIds(claim(store, ALL, slot.token()))).containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-14, S-f [must]: a job whose time has come is READY for every call from that instant on")
    void dueJobIsReadyForEveryCall() {
        JobId id = enqueue(BUILD.job(null).delay(Duration.ofSeconds(10)));
        assertThat(state(id)).isEqualTo(JobState.SCHEDULED);
        assertThat(store.ready(List.of(ALL))).containsExactly(false);
        pass(Duration.ofSeconds(10).minus(TICK));
        assertThat(state(id)).isEqualTo(JobState.SCHEDULED);
        assertNothingReady();
        StoreCheck.check(store);
        pass(TICK);
        assertThat(state(id)).isEqualTo(JobState.READY);
        assertThat(store.ready(List.of(ALL))).containsExactly(true);
        StoreCheck.check(store);
        assertThat(queue.status(id).times().ready())
                .as("ready since it was due")
                .contains(clock.now());
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-14 [must]: a due job can be dequeued by id, and its dependents see it as unfinished")
    void dueJobCanBeDequeuedById() {
        JobId id = enqueue(BUILD.job(null).delay(Duration.ofSeconds(10)));
        JobId dependent = enqueue(TEST.job(null).dependsOn(id));
        pass(Duration.ofSeconds(10));
        assertThat(queue.status(dependent).dependencies().get(0).state()).isEqualTo(JobState.READY);
        succeed(queue.dequeue(BUILD, id));
        assertThat(takeAll()).containsExactly(dependent);
    }

    @Test
    @DisplayName("DEQ-14 [must]: the claim tells the time to the next due job, rounded up")
    void claimTellsTheNextDueTime() {
        assertThat(claim(store, ALL, tokens(1)).nextDue()).isEmpty();
        enqueue(OTHER.job(null).delay(Duration.ofSeconds(1)));
        enqueue(BUILD.job(null).delay(Duration.ofSeconds(30)));
        enqueue(TEST.job(null).delay(Duration.ofSeconds(20)));
        assertThat(claim(store, ALL, tokens(1)).nextDue()).contains(Duration.ofSeconds(20));
        pass(Duration.ofSeconds(5).plusNanos(1));
        assertThat(claim(store, ALL, tokens(1)).nextDue()).contains(Duration.ofSeconds(15));
        assertThat(claim(store, Selector.of(BUILD), tokens(1)).nextDue()).contains(Duration.ofSeconds(25));
        pass(Duration.ofSeconds(20));
        assertThat(claim(store, Selector.of(BUILD), tokens(1)).nextDue().orElseThrow())
                .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("DEQ-14 [must]: a time that passes while a job is blocked has no effect later")
    void timePassedWhileBlocked() {
        JobId dependency = enqueue(OTHER);
        JobId early = enqueue(BUILD.job(null).dependsOn(dependency).delay(Duration.ofSeconds(10)));
        JobId late = enqueue(BUILD.job(null).dependsOn(dependency).delay(Duration.ofSeconds(30)));
        pass(Duration.ofSeconds(15));
        assertThat(states(List.of(early, late))).containsExactly(JobState.BLOCKED, JobState.BLOCKED);
        succeed(dependency);
        assertThat(states(List.of(early, late))).containsExactly(JobState.READY, JobState.SCHEDULED);
        assertThat(queue.status(early).times().due())
                .as("it never waited for its time")
                .isEmpty();
        assertThat(takeAll()).containsExactly(early);
        pass(Duration.ofSeconds(15));
        assertThat(takeAll()).containsExactly(late);
    }

    @Test
    @DisplayName("DEQ-14 [must]: delays go by the store's wall clock")
    void delaysGoByTheWallClock() {
        JobId id = enqueue(BUILD.job(null).delay(Duration.ofHours(1)));
        clock.stepWall(Duration.ofHours(1));
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("DEQ-14 [must]: a caller whose clock is wrong still gets the wait that it meant")
    void wrongClockOfTheCaller() {
        Duration wrong = Duration.ofHours(1);
        JobQueue slow =
                JobQueue.on(store, QueueOptions.DEFAULT.clock(() -> clock.now().minus(wrong)));
        closeLater(slow);
        Instant meant = clock.now().minus(wrong).plus(Duration.ofSeconds(5));
        JobId id = slow.enqueue(BUILD.job(null).notBefore(meant)).id();
        pass(Duration.ofSeconds(4));
        assertNothingReady();
        pass(Duration.ofSeconds(1));
        assertThat(takeAll()).containsExactly(id);
    }

    static JobToken[] tokens(int n) {
        return IntStream.range(0, n).mapToObj(i -> JobToken.create()).toArray(JobToken[]::new);
    }

    static List<JobId> jobIds(Claimed claimed) {
        return claimed.jobs().stream().map(j -> j.job().id()).toList();
    }
}
