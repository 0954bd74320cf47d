package dev.jobqueue.postgres;

import static dev.jobqueue.postgres.Numbers.n;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of two processes that meet: each pair is tried many times, started at the same moment. */
class PostgresRaceTest extends TwoProcesses {
    private static final int ROUNDS = 60;
    private static final JobOutcome SUCCESS = new JobOutcome.Succeeded(RawJson.NULL);
    private static final JobOutcome FAILURE = new JobOutcome.Failed(BROKEN);

    private static TokenAnswer finish(JobStore store, ClaimedJob job, JobOutcome outcome) {
        return accepted(store.finish(List.of(new FinishRequest(job.token(), outcome, 0, List.of())))
                .items()
                .get(0));
    }

    @Test
    @DisplayName("DEP-5: two last dependencies that two processes end at once release their dependent, once")
    void lastDependenciesEndTogether() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            JobRequest<RawJson, RawJson> first = OTHER.job(null);
            JobRequest<RawJson, RawJson> second = OTHER.job(null);
            JobRequest<RawJson, RawJson> dependent =
                    BUILD.job(null).requires(first).dependsOn(second);
            insert(a, first, second, dependent);
            List<ClaimedJob> jobs = claim(a, OTHER, 2);
            boolean fails = round % 4 == 3;
            List<Integer> ready = together(
                    () -> a.finish(List.of(new FinishRequest(jobs.get(0).token(), SUCCESS, 0, List.of())))
                            .changes()
                            .ready()
                            .size(),
                    () -> b.finish(List.of(
                                    new FinishRequest(jobs.get(1).token(), fails ? FAILURE : SUCCESS, 0, List.of())))
                            .changes()
                            .ready()
                            .size());
            assertThat(ready.get(0) + ready.get(1)).as("said to be ready").isEqualTo(1);
            assertThat(claim(b, BUILD, 2)).extracting(job -> job.job().id()).containsExactly(dependent.id());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    @DisplayName(
            "DEP-5, DEP-3: a dependency that ends, alone or with others, while another process enqueues a dependent is never missed")
    void endMeetsEnqueue(int n) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            insert(a, IntStream.range(0, n).mapToObj(i -> OTHER.job(null)).toArray(JobRequest[]::new));
            List<ClaimedJob> ending = claim(a, OTHER, n);
            ClaimedJob dependency = ending.get(n - 1);
            boolean fails = round % 2 == 0;
            List<FinishRequest> requests = ending.stream()
                    .map(job -> new FinishRequest(job.token(), fails ? FAILURE : SUCCESS, 0, List.of()))
                    .toList();
            JobRequest<RawJson, RawJson> depends =
                    BUILD.job(null).dependsOn(dependency.job().id());
            JobRequest<RawJson, RawJson> requires =
                    TEST.job(null).requires(dependency.job().id());
            this.<Object>together(
                    () -> a.finish(requests).items().stream()
                            .map(TwoProcesses::accepted)
                            .toList(),
                    () -> insert(b, depends),
                    () -> insert(b, requires));
            assertThat(state(a, depends.id())).isEqualTo(JobState.READY);
            assertThat(state(a, requires.id())).isEqualTo(fails ? JobState.FAILED : JobState.READY);
        }
    }

    @Test
    @DisplayName("CAN-3, P7: a cancel and a finish of two processes: one wins, the other one is told")
    void cancelMeetsFinish() throws Exception {
        Set<JobState> ends = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            JobId id = insert(a, BUILD.job(null));
            ClaimedJob job = claim(a, BUILD, 1).get(0);
            List<Object> answers = this.<Object>together(
                    () -> finish(a, job, SUCCESS),
                    () -> b.cancel(List.of(new CancelRequest(id, "stop", false)))
                            .items()
                            .get(0));
            JobState end = state(b, id);
            ends.add(end);
            if (end == JobState.CANCELED) {
                assertThat(answers).containsExactly(TokenAnswer.canceled("stop"), Answer.accepted(1));
            } else {
                assertThat(end).isEqualTo(JobState.SUCCEEDED);
                assertThat(answers)
                        .containsExactly(
                                TokenAnswer.DONE,
                                Answer.refused(Answer.Reason.ALREADY_FINISHED, id, JobState.SUCCEEDED));
            }
        }
        assertThat(ends).isSubsetOf(JobState.CANCELED, JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("DEP-3, DEP-5: a failure that runs down a chain reaches jobs that are being enqueued below it")
    void cascadeMeetsEnqueue() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<JobRequest<?, ?>> chain = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                chain.add(i == 0 ? OTHER.job(null) : TEST.job(null).requires(chain.get(i - 1)));
            }
            insert(a, chain.toArray(JobRequest[]::new));
            ClaimedJob root = claim(a, OTHER, 1).get(0);
            List<JobRequest<RawJson, RawJson>> late = new ArrayList<>();
            List<Callable<Object>> tasks = new ArrayList<>();
            tasks.add(() -> finish(a, root, FAILURE));
            for (int i = 1; i < 8; i += 2) {
                JobRequest<RawJson, RawJson> request = BUILD.job(null).requires(chain.get(i));
                late.add(request);
                tasks.add(() -> insert(b, request));
            }
            together(tasks);
            for (JobRequest<RawJson, RawJson> request : late) {
                assertThat(state(b, request.id())).isEqualTo(JobState.FAILED);
            }
        }
        assertThat(a.counts()).isEmpty();
    }

    @Test
    @DisplayName("Batches that end the same jobs and release the same dependents in opposite orders do not fail")
    void batchesCross() throws Exception {
        Random random = new Random(1);
        for (int round = 0; round < ROUNDS / 2; round++) {
            List<JobRequest<?, ?>> graph = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                graph.add(OTHER.job(null));
            }
            for (int i = 0; i < 10; i++) {
                JobRequest<?, ?> request = BUILD.job(null);
                for (int d = 0; d < 4; d++) {
                    JobRequest<?, ?> dependency = graph.get(random.nextInt(10 + i));
                    request = random.nextBoolean() ? request.dependsOn(dependency) : request.requires(dependency);
                }
                graph.add(request);
            }
            insert(a, graph.toArray(JobRequest[]::new));
            List<ClaimedJob> jobs = new ArrayList<>(claim(a, OTHER, 10));
            Collections.shuffle(jobs, random);
            List<FinishRequest> requests = jobs.stream()
                    .map(job ->
                            new FinishRequest(job.token(), random.nextInt(3) == 0 ? FAILURE : SUCCESS, 0, List.of()))
                    .toList();
            List<CancelRequest> cancels = IntStream.range(10, 20)
                    .mapToObj(i -> new CancelRequest(graph.get(30 - 1 - i).id(), "stop", i % 2 == 0))
                    .toList();
            together(
                    () -> a.finish(requests.subList(0, 6)),
                    () -> b.finish(requests.subList(4, 10)),
                    () -> b.cancel(cancels),
                    () -> a.cancel(cancels.subList(3, 6)));
            assertThat(a.counts()).isEmpty();
        }
    }

    @Test
    @DisplayName("HB-6, W2: two processes that sweep at once expire each attempt once")
    void sweepersMeet() throws Exception {
        List<JobId> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(insert(a, BUILD.job(null).recoveries(i % 2)));
        }
        assertThat(claim(a, BUILD, 100)).hasSize(100);
        ExpireRequest sweep = new ExpireRequest(Duration.ZERO, 7, 0);
        Callable<List<JobId>> sweeper = () -> {
            List<JobId> mine = new ArrayList<>();
            for (List<JobId> some = a.expire(sweep).items();
                    !some.isEmpty();
                    some = a.expire(sweep).items()) {
                mine.addAll(some);
            }
            return mine;
        };
        Callable<List<JobId>> other = () -> {
            List<JobId> mine = new ArrayList<>();
            for (List<JobId> some = b.expire(sweep).items();
                    !some.isEmpty();
                    some = b.expire(sweep).items()) {
                mine.addAll(some);
            }
            return mine;
        };
        List<JobId> expired = new ArrayList<>();
        together(sweeper, other, sweeper, other).forEach(expired::addAll);
        assertThat(expired).containsExactlyInAnyOrderElementsOf(all);
        for (int i = 0; i < 100; i++) {
            assertThat(state(a, all.get(i))).isEqualTo(i % 2 == 0 ? JobState.FAILED : JobState.READY);
        }
    }

    @Test
    @DisplayName(
            "DEQ-2, DEQ-12: two processes that claim at once get each job once, and too few only when others have the rest")
    void claimersMeet() throws Exception {
        int jobs = 1_000;
        int claimers = 8;
        int batch = 5;
        insert(a, IntStream.range(0, jobs).mapToObj(i -> BUILD.job(n(i))).toArray(JobRequest[]::new));
        AtomicInteger handedOut = new AtomicInteger();
        List<Callable<List<JobId>>> tasks = new ArrayList<>();
        for (int i = 0; i < claimers; i++) {
            JobStore store = i % 2 == 0 ? a : b;
            tasks.add(() -> {
                List<JobId> mine = new ArrayList<>();
                while (true) {
                    List<ClaimedJob> claimed = claim(store, BUILD, batch);
                    claimed.forEach(job -> mine.add(job.job().id()));
                    int all = handedOut.addAndGet(claimed.size());
                    if (claimed.size() < batch) {
                        // What is not handed out yet is in the hands of claims under way.
                        assertThat(all).isGreaterThanOrEqualTo(jobs - (claimers - 1) * batch);
                    }
                    if (claimed.isEmpty()) {
                        return mine;
                    }
                }
            });
        }
        List<JobId> taken = together(tasks).stream().flatMap(List::stream).toList();
        assertThat(taken).hasSize(jobs).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName(
            "DEQ-2, FIN-1: the history of two processes under load: one run at a time, each accepted end once, nothing lost")
    void historyOfALoad() throws Exception {
        int jobs = 1_000;
        List<JobRequest<?, ?>> graph = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            JobRequest<RawJson, RawJson> request =
                    BUILD.job(n(i)).attempts(1_000, Backoff.NONE).priority(i % 3);
            graph.add(i < 20 ? request : request.dependsOn(graph.get(i - 20)).requires(graph.get(i / 2)));
        }
        insert(a, graph.toArray(JobRequest[]::new));
        ConcurrentMap<JobId, JobToken> running = new ConcurrentHashMap<>();
        Set<JobId> ended = ConcurrentHashMap.newKeySet();
        AtomicInteger attempts = new AtomicInteger();
        List<Callable<Integer>> workers = new ArrayList<>();
        for (int w = 0; w < 6; w++) {
            JobStore store = w % 2 == 0 ? a : b;
            Random random = new Random(w);
            workers.add(() -> {
                int accepted = 0;
                while (ended.size() < jobs) {
                    List<ClaimedJob> claimed = claim(store, BUILD, 1 + random.nextInt(8));
                    List<FinishRequest> requests = new ArrayList<>();
                    for (ClaimedJob job : claimed) {
                        attempts.incrementAndGet();
                        assertThat(running.putIfAbsent(job.job().id(), job.token()))
                                .as("the token of another run")
                                .isNull();
                        assertThat(job.dependencies())
                                .allSatisfy(d -> assertThat(ended).contains(d.id()));
                        JobOutcome outcome = random.nextInt(5) == 0 ? new JobOutcome.Released(Duration.ZERO) : SUCCESS;
                        if (outcome == SUCCESS) {
                            ended.add(job.job().id());
                        }
                        requests.add(new FinishRequest(job.token(), outcome, 0, List.of()));
                        running.remove(job.job().id());
                    }
                    for (Answer<TokenAnswer> answer : store.finish(requests).items()) {
                        assertThat(accepted(answer)).isEqualTo(TokenAnswer.DONE);
                        accepted++;
                    }
                }
                return accepted;
            });
        }
        int accepted = together(workers).stream().mapToInt(n -> n).sum();
        assertThat(accepted).isEqualTo(attempts.get());
        assertThat(ended).hasSize(jobs);
        assertThat(a.counts()).isEmpty();
    }

    @Test
    @DisplayName(
            "ENQ-5: a unique key that 16 threads of two processes enqueue at once makes one job, again after each end")
    void uniqueKeys() throws Exception {
        for (int round = 0; round < ROUNDS / 3; round++) {
            List<Callable<Enqueued>> tasks = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                JobStore store = i % 2 == 0 ? a : b;
                JobRequest<RawJson, RawJson> request = BUILD.job(n(i)).uniqueKey("key");
                tasks.add(() -> accepted(store.insert(List.of(List.of(job(request))))
                                .items()
                                .get(0))
                        .get(0));
            }
            List<Enqueued> answers = together(tasks);
            assertThat(answers)
                    .extracting(Enqueued::id)
                    .containsOnly(answers.get(0).id());
            assertThat(answers.stream().filter(Enqueued::created)).hasSize(1);
            assertThat(finish(b, claim(b, BUILD, 1).get(0), SUCCESS)).isEqualTo(TokenAnswer.DONE);
        }
    }

    @Test
    @DisplayName("ENQ-5: a key that is freed while others enqueue it is held by exactly one unfinished job at any time")
    void uniqueKeyMeetsItsEnd() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            JobId first = insert(a, BUILD.job(null).uniqueKey("key"));
            ClaimedJob running = claim(a, BUILD, 1).get(0);
            List<Object> answers = this.<Object>together(
                    () -> finish(a, running, SUCCESS),
                    () -> accepted(b.insert(List.of(List.of(job(BUILD.job(n(1)).uniqueKey("key")))))
                                    .items()
                                    .get(0))
                            .get(0),
                    () -> accepted(a.insert(List.of(List.of(job(BUILD.job(n(2)).uniqueKey("key")))))
                                    .items()
                                    .get(0))
                            .get(0));
            List<Enqueued> made = List.of((Enqueued) answers.get(1), (Enqueued) answers.get(2));
            List<ClaimedJob> left = claim(b, BUILD, 3);
            assertThat(left).hasSizeLessThanOrEqualTo(1);
            for (Enqueued each : made) {
                assertThat(each.id())
                        .isIn(first, left.isEmpty() ? first : left.get(0).job().id());
            }
            left.forEach(job -> finish(b, job, SUCCESS));
        }
    }

    @Test
    @DisplayName(
            "RET-1, ENQ-3: a job that is pruned while a dependent is enqueued: either it stays or the dependent is refused")
    void pruneMeetsEnqueue() throws Exception {
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            JobRequest<RawJson, RawJson> low = OTHER.job(null);
            JobRequest<RawJson, RawJson> high = OTHER.job(null).dependsOn(low);
            insert(a, low, high);
            finish(a, claim(a, OTHER, 1).get(0), SUCCESS);
            finish(a, claim(a, OTHER, 1).get(0), SUCCESS);
            JobRequest<RawJson, RawJson> dependent = BUILD.job(null).dependsOn(round % 2 == 0 ? low : high);
            List<Object> answers = this.<Object>together(
                    () -> b.insert(List.of(List.of(job(dependent)))).items().get(0), () -> a.prune(Duration.ZERO, 100));
            if (answers.get(0) instanceof Answer.Refused<?> no) {
                refused++;
                assertThat(no.reason()).isEqualTo(Answer.Reason.INVALID);
            } else {
                assertThat(state(b, dependent.job().dependencies().get(0).id())).isEqualTo(JobState.SUCCEEDED);
            }
            claim(a, BUILD, 1).forEach(job -> finish(a, job, SUCCESS));
            a.prune(Duration.ZERO, 100);
        }
        assertThat(refused).isBetween(0, ROUNDS);
        assertThat(a.prune(Duration.ZERO, 100)).as("nothing is left behind").isZero();
    }

    @Test
    @DisplayName("HB-8: heartbeats of a job pass a finish whose transaction is open, and of others too")
    void heartbeatsPassAnOpenFinish() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(SharedServer.pool(), options());
                Connection connection = SharedServer.pool().getConnection()) {
            insert(a, BUILD.job(n(1)), BUILD.job(n(2)), BUILD.job(n(3)));
            List<ClaimedJob> jobs = claim(a, BUILD, 3);
            List<JobToken> tokens = jobs.stream().map(ClaimedJob::token).toList();
            assertThat(b.heartbeat(tokens.subList(0, 2))).containsOnly(TokenAnswer.CONTINUE);
            connection.setAutoCommit(false);
            JobWriter writer = queue.in(connection);
            assertThat(writer.finish(tokens.get(0), SUCCESS)).isEqualTo(TokenAnswer.DONE);
            assertThat(writer.finish(tokens.get(2), FAILURE)).isEqualTo(TokenAnswer.DONE);
            for (int i = 0; i < 20; i++) {
                Future<List<TokenAnswer>> heartbeat = start(() -> b.heartbeat(tokens));
                assertThat(get(heartbeat)).containsOnly(TokenAnswer.CONTINUE);
            }
            connection.commit();
            connection.setAutoCommit(true);
            assertThat(b.heartbeat(tokens))
                    .extracting(TokenAnswer::verdict)
                    .containsExactly(Verdict.LOST, Verdict.CONTINUE, Verdict.LOST);
        }
    }

    @Test
    @DisplayName("DEQ-12: claims pass a job that an open transaction cancels, and take the next one")
    void claimPassesAnOpenCancel() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(SharedServer.pool(), options());
                Connection connection = SharedServer.pool().getConnection()) {
            JobId first = insert(a, BUILD.job(n(1)));
            JobId second = insert(a, BUILD.job(n(2)));
            connection.setAutoCommit(false);
            queue.in(connection).cancel(first, "");
            Future<List<ClaimedJob>> claim = start(() -> claim(b, BUILD, 2));
            assertThat(get(claim)).extracting(job -> job.job().id()).containsExactly(second);
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(claim(b, BUILD, 2)).extracting(job -> job.job().id()).containsExactly(first);
        }
    }

    @Test
    @DisplayName("DEQ-2: claims pass an enqueue whose transaction is open, also of the job that it names")
    void claimPassesAnOpenEnqueue() throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(SharedServer.pool(), options());
                Connection connection = SharedServer.pool().getConnection()) {
            JobId dependency = insert(a, OTHER.job(null));
            connection.setAutoCommit(false);
            JobRequest<RawJson, RawJson> dependent = BUILD.job(null).requires(dependency);
            queue.in(connection).enqueue(dependent);
            Future<List<ClaimedJob>> claim = start(() -> claim(b, OTHER, 1));
            ClaimedJob job = get(claim).get(0);
            AtomicBoolean finished = new AtomicBoolean();
            Future<TokenAnswer> finish = start(() -> {
                TokenAnswer answer = finish(b, job, FAILURE);
                finished.set(true);
                return answer;
            });
            assertThat(b.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.CONTINUE);
            assertThat(finished).as("the finish waits for the enqueue").isFalse();
            connection.commit();
            connection.setAutoCommit(true);
            assertThat(get(finish)).isEqualTo(TokenAnswer.DONE);
            assertThat(state(a, dependent.id())).isEqualTo(JobState.FAILED);
        }
    }
}
