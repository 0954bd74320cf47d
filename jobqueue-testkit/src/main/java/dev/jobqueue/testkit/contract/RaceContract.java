package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same rules with many threads at once: nothing lost, nothing given twice, in order, no dependent left behind.
 *
 * <p>The threads go to the store itself, because a queue has at most one claim of a selector under way.
 */
@Tag(Level.MUST)
@Tag(Level.STOCHASTIC)
public abstract class RaceContract extends AreaContract {
    private static final int ROUNDS = 60;

    @Test
    @DisplayName(
            "DEQ-12 [must, stochastic]: 32 claimers on thousands of ready jobs see no empty answer before the last job")
    void claimersSeeNoEmptyAnswer() throws Exception {
        int jobs = 5_000;
        enqueueMany(jobs);
        AtomicInteger claimed = new AtomicInteger();
        Crew<Integer> crew = new Crew<>(fixture.soon(), 32, i -> () -> {
            while (true) {
                Claimed answer = claim(store, ALL, JobToken.create());
                if (answer.jobs().isEmpty()) {
                    return claimed.get();
                }
                claimed.incrementAndGet();
            }
        });
        // A claim that has taken its job but not yet counted it is the only excuse: one for each other claimer.
        assertThat(crew.results()).allSatisfy(seen -> assertThat(seen).isGreaterThan(jobs - 32));
        assertThat(claimed).hasValue(jobs);
    }

    @Test
    @DisplayName("DEQ-2 [must, stochastic]: each job is given to one of many claimers, with its own token")
    void eachJobIsGivenOnce() throws Exception {
        int jobs = 2_000;
        enqueueMany(jobs);
        Crew<List<ClaimedJob>> crew = new Crew<>(fixture.soon(), 16, i -> () -> {
            List<ClaimedJob> mine = new ArrayList<>();
            Random random = new Random(i);
            while (true) {
                List<ClaimedJob> some = claim(store, ALL, DequeueContract.tokens(1 + random.nextInt(5)))
                        .jobs();
                if (some.isEmpty()) {
                    return mine;
                }
                mine.addAll(some);
            }
        });
        List<ClaimedJob> all = crew.results().stream().flatMap(List::stream).toList();
        assertThat(all).hasSize(jobs);
        assertThat(all).extracting(c -> c.job().id()).doesNotHaveDuplicates();
        assertThat(all).extracting(ClaimedJob::token).doesNotHaveDuplicates();
        assertThat(all).extracting(ClaimedJob::attempt).containsOnly(1);
        assertThat(store.running(
                        all.subList(0, 50).stream().map(ClaimedJob::token).toList()))
                .allSatisfy(r -> assertThat(r).isPresent());
    }

    @Test
    @DisplayName("DEQ-1 [must, stochastic]: one consumer gets the jobs of each producer in their order")
    void oneConsumerKeepsTheOrder() throws Exception {
        int producers = 4;
        int each = 200;
        Crew<List<JobId>> crew = new Crew<>(fixture.soon(), producers, i -> () -> {
            List<JobId> ids = new ArrayList<>();
            for (int n = 0; n < each; n++) {
                ids.add(queue.enqueue(BUILD.job(number(i))).id());
            }
            return ids;
        });
        Map<String, List<JobId>> taken = new HashMap<>();
        for (int n = 0; n < producers * each; n++) {
            RunningJob<RawJson, RawJson> job =
                    queue.dequeue(Selector.of(BUILD), fixture.soon()).orElseThrow();
            taken.computeIfAbsent(job.args().toString(), a -> new ArrayList<>()).add(job.id());
        }
        List<List<JobId>> enqueued = crew.results();
        for (int i = 0; i < producers; i++) {
            assertThat(taken.get(Integer.toString(i))).containsExactlyElementsOf(enqueued.get(i));
        }
    }

    @Test
    @DisplayName(
            "DEQ-2, FIN-1 [must, stochastic]: many workers under load: each attempt is accepted once, every job ends")
    void workersUnderLoad() throws Exception {
        int jobs = 600;
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>();
        for (int n = 0; n < jobs; n++) {
            JobRequest<RawJson, RawJson> request = BUILD.job(number(n)).attempts(1_000, Backoff.NONE);
            requests.add(
                    n < 10 ? request : request.dependsOn(requests.get(n - 10)).requires(requests.get(n / 2)));
        }
        Set<JobId> runs = ConcurrentHashMap.newKeySet();
        Set<JobId> ended = ConcurrentHashMap.newKeySet();
        Crew<Integer> crew = new Crew<>(fixture.soon(), 8, i -> () -> {
            Random random = new Random(i);
            while (ended.size() < jobs) {
                Optional<RunningJob<RawJson, RawJson>> next = queue.dequeue(Selector.of(BUILD), Duration.ofMillis(2));
                if (next.isEmpty()) {
                    continue;
                }
                RunningJob<RawJson, RawJson> job = next.get();
                assertThat(runs.add(job.id())).as("runs once at a time").isTrue();
                assertThat(job.dependencies()).allSatisfy(d -> assertThat(ended).contains(d.id()));
                runs.remove(job.id());
                int dice = random.nextInt(10);
                if (dice < 7) {
                    ended.add(job.id());
                    assertThat(job.succeed(number(i)).verdict()).isEqualTo(Verdict.DONE);
                } else if (dice < 9) {
                    assertThat(job.fail(error("again")).verdict()).isEqualTo(Verdict.DONE);
                } else {
                    assertThat(job.release(NOW).verdict()).isEqualTo(Verdict.DONE);
                }
            }
            return 0;
        });
        queue.enqueueAll(requests);
        crew.results();
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("DEP-5 [must, stochastic]: a dependency that ends while a dependent is being enqueued is never missed")
    void endDuringEnqueueIsNotMissed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            enqueue(OTHER);
            RunningJob<RawJson, RawJson> dependency = take(OTHER);
            boolean fails = round % 3 == 0;
            JobRequest<RawJson, RawJson> depends = BUILD.job(null).dependsOn(dependency.id());
            JobRequest<RawJson, RawJson> requires = TEST.job(null).requires(dependency.id());
            new Crew<>(fixture.soon(), 3, i -> () -> switch (i) {
                        case 0 -> fails ? dependency.fail(error("x")) : dependency.succeed(null);
                        case 1 -> insert(depends);
                        default -> insert(requires);
                    })
                    .results();
            assertThat(state(depends.id())).isEqualTo(JobState.READY);
            assertThat(state(requires.id())).isEqualTo(fails ? JobState.FAILED : JobState.READY);
            assertThat(takeAll()).contains(depends.id()).hasSize(fails ? 1 : 2);
        }
    }

    private Enqueued insert(JobRequest<?, ?> request) {
        return accepted(store.insert(List.of(List.of(newJob(request)))).items().get(0))
                .get(0);
    }

    @Test
    @DisplayName("DEP-5 [must, stochastic]: two last dependencies that end together release their dependent, once")
    void lastDependenciesEndTogether() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<JobRequest<RawJson, RawJson>> requests = requests(OTHER, 4);
            queue.enqueueAll(requests);
            JobId id = enqueue(BUILD.job(null).dependencies(ids(requests), false));
            List<FinishRequest> finishes = claim(store, Selector.of(OTHER), DequeueContract.tokens(4)).jobs().stream()
                    .map(j -> new FinishRequest(j.token(), new JobOutcome.Succeeded(RawJson.NULL), 0, List.of()))
                    .toList();
            new Crew<>(fixture.soon(), 4, i -> () -> store.finish(List.of(finishes.get(i)))).results();
            assertThat(takeAll()).containsExactly(id);
        }
    }

    @Test
    @DisplayName(
            "CAN-3, P7 [must, stochastic]: a cancel that races with a finish: one of them wins, the other one is told")
    void cancelRacesWithFinish() throws Exception {
        int canceled = 0;
        for (int round = 0; round < ROUNDS; round++) {
            JobId id = enqueue(BUILD);
            JobToken token = take(BUILD).token();
            List<Object> answers = new Crew<Object>(fixture.soon(), 2, i -> () -> {
                        if (i == 0) {
                            return queue.finish(token, new JobOutcome.Succeeded(RawJson.NULL));
                        }
                        try {
                            queue.cancel(id, "stop");
                            return "canceled";
                        } catch (JobQueueException.AlreadyFinished e) {
                            return e.state();
                        }
                    })
                    .results();
            if (state(id) == JobState.CANCELED) {
                canceled++;
                assertThat(answers).containsExactly(TokenAnswer.canceled("stop"), "canceled");
            } else {
                assertThat(answers).containsExactly(TokenAnswer.DONE, JobState.SUCCEEDED);
            }
        }
        assertThat(canceled).isBetween(0, ROUNDS);
    }

    @Test
    @DisplayName(
            "FIN-8, P7 [must, stochastic]: two finishes at once: the first kind of outcome wins, the other one is LOST")
    void finishesRace() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            JobId id = enqueue(BUILD);
            JobToken token = take(BUILD).token();
            List<TokenAnswer> answers = new Crew<>(
                            fixture.soon(),
                            4,
                            i -> () -> queue.finish(
                                    token,
                                    i % 2 == 0
                                            ? new JobOutcome.Succeeded(number(i))
                                            : new JobOutcome.Failed(error("from " + i))))
                    .results();
            boolean succeeded = state(id) == JobState.SUCCEEDED;
            for (int i = 0; i < 4; i++) {
                assertThat(answers.get(i)).isEqualTo((i % 2 == 0) == succeeded ? TokenAnswer.DONE : TokenAnswer.LOST);
            }
        }
    }

    @Test
    @DisplayName(
            "DEQ-7, DEQ-2 [must, stochastic]: a claim by id that races with a claim by selector: one of them gets the job")
    void claimByIdRaces() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            JobId id = enqueue(BUILD);
            List<Integer> got = new Crew<>(fixture.soon(), 4, i -> () -> {
                        if (i % 2 == 0) {
                            return claim(store, ALL, JobToken.create()).jobs().size();
                        }
                        try {
                            return queue.dequeue(BUILD, id).attempt();
                        } catch (JobQueueException.NotPending e) {
                            return 0;
                        }
                    })
                    .results();
            assertThat(got.stream().mapToInt(n -> n).sum()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("ENQ-4 [must, stochastic]: the same graph enqueued by many threads at once is stored once")
    void sameGraphRaces() throws Exception {
        for (int round = 0; round < ROUNDS / 2; round++) {
            JobRequest<RawJson, RawJson> first = BUILD.job(null);
            JobRequest<RawJson, RawJson> second = BUILD.job(null).requires(first);
            List<List<Enqueued>> answers = new Crew<>(
                            fixture.soon(),
                            4,
                            i -> () -> accepted(store.insert(List.of(List.of(newJob(first), newJob(second))))
                                    .items()
                                    .get(0)))
                    .results();
            assertThat(answers.stream().filter(a -> a.get(0).created())).hasSize(1);
            succeed(first.id(), second.id());
            assertNothingReady();
        }
    }

    @Test
    @DisplayName("DUR-6 [must, stochastic]: an interrupt of a calling thread has no effect on the store and stays set")
    void interruptHasNoEffect() throws Exception {
        JobRequest<RawJson, RawJson> request = BUILD.job(number(1));
        Crew<Boolean> crew = Crew.one(fixture.soon(), () -> {
            Thread.currentThread().interrupt();
            queue.enqueue(request);
            ClaimedJob job = claim(store, ALL, JobToken.create()).jobs().get(0);
            queue.report(job.token(), number(1));
            assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.CONTINUE);
            queue.status(request.id());
            queue.job(request.id());
            queue.counts();
            assertThat(queue.finish(job.token(), new JobOutcome.Succeeded(number(2))))
                    .isEqualTo(TokenAnswer.DONE);
            return Thread.interrupted();
        });
        assertThat(crew.result()).as("still interrupted").isTrue();
        assertThat(queue.status(request.id()).result()).contains(number(2));
        succeed(enqueue(BUILD));
    }

    @Test
    @DisplayName("DUR-6 [must, stochastic]: threads that are interrupted at random harm nobody else")
    void interruptsHarmNobodyElse() throws Exception {
        Crew<Integer> calm = new Crew<>(fixture.soon(), 2, i -> () -> {
            for (int n = 0; n < 100; n++) {
                JobId id = queue.enqueue(TEST.job(number(n))).id();
                queue.job(id);
            }
            return 100;
        });
        Crew<Integer> nervous = new Crew<>(fixture.soon(), 2, i -> () -> {
            for (int n = 0; n < 100; n++) {
                Thread.currentThread().interrupt();
                JobId id = queue.enqueue(OTHER.job(number(n))).id();
                queue.job(id);
            }
            return Thread.interrupted() ? 100 : 0;
        });
        calm.results();
        assertThat(nervous.results()).containsOnly(100);
        assertThat(takeBatch(300)).hasSize(200);
    }

    private void enqueueMany(int jobs) {
        queue.enqueueAll(requests(BUILD, jobs / 2));
        queue.enqueueAll(requests(TEST, jobs - jobs / 2));
    }
}
