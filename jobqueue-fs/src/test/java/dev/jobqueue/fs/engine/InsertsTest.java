package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Enqueued;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** ENQ-1 to ENQ-5: what is stored of a graph, what it is answered, and which ones are refused. */
class InsertsTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobType<RawJson, RawJson> TEST = JobType.raw("test");

    private final StepDisk disk = new StepDisk();
    private final ManualClock clock = new ManualClock();
    private EngineCalls engine;

    @BeforeEach
    void open() throws IOException {
        engine = new EngineCalls(disk, new Settings(clock, 1 << 20, 0, 1 << 20, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static JobRequest<RawJson, RawJson> job(JobType<RawJson, RawJson> type) {
        return type.job(RawJson.of("1"));
    }

    private static JobRequest<RawJson, RawJson> keyed() {
        return job(BUILD).uniqueKey("key");
    }

    private static JobRequest<RawJson, RawJson> unknownDependency(JobRequest<RawJson, RawJson> request) {
        return request.dependsOn(JobId.create());
    }

    private static List<NewJob> graph(JobRequest<?, ?>... requests) {
        return Arrays.stream(requests)
                .map(r -> new NewJob(r.job(), r.job().options().delay().orElse(Duration.ZERO)))
                .toList();
    }

    private List<Enqueued> accepted(JobRequest<?, ?>... requests) {
        return ((Answer.Accepted<List<Enqueued>>) engine.insert(graph(requests))).value();
    }

    private void refused(JobId because, JobRequest<?, ?>... requests) {
        long records = engine.records();
        assertThat(engine.insert(graph(requests)))
                .isInstanceOfSatisfying(
                        Answer.Refused.class, r -> assertThat(r.id()).isEqualTo(because));
        assertThat(engine.records()).isEqualTo(records);
    }

    private JobRequest<RawJson, RawJson> failed() {
        JobRequest<RawJson, RawJson> failed = job(BUILD);
        accepted(failed);
        assertThat(engine.finish(engine.claim(), failure())).isEqualTo(Answer.accepted(TokenAnswer.DONE));
        return failed;
    }

    private static JobOutcome failure() {
        return new JobOutcome.Failed(new JobError(7, ErrorClass.CLIENT, "no good", RawJson.NULL, true));
    }

    /** What is in memory is what is read again; the tail is at another place then. */
    private void isReadAgain() throws IOException {
        String before = dump();
        engine.close();
        open();
        assertThat(dump()).isEqualTo(before);
    }

    private String dump() {
        return engine.dump().replaceAll("\"(definition|end)\":\\[[^]]*\\]", "");
    }

    @Test
    @DisplayName("jobs that are READY at once are told by type and channel, with or without edges or keys in the call")
    void changes() {
        List<NewJob> mixed = graph(job(BUILD), job(BUILD), job(TEST), job(BUILD).channel("org"), job(BUILD));
        Receipt<Answer<List<Enqueued>>> plain = engine.insertAll(List.of(mixed, graph(job(TEST))));
        assertThat(plain.changes())
                .isEqualTo(new Changes(
                        Map.of(
                                new TypeChannel(BUILD.name(), "default"), 3,
                                new TypeChannel(TEST.name(), "default"), 2,
                                new TypeChannel(BUILD.name(), "org"), 1),
                        Set.of(),
                        List.of(),
                        false));
        assertThat(plain.items()).hasSize(2);
        assertThat(((Answer.Accepted<List<Enqueued>>) plain.items().get(0)).value())
                .containsExactlyElementsOf(mixed.stream()
                        .map(n -> new Enqueued(n.job().id(), true, JobState.READY))
                        .toList());

        JobRequest<RawJson, RawJson> first = job(BUILD);
        Receipt<Answer<List<Enqueued>>> others = engine.insertAll(List.of(
                graph(first, job(TEST).dependsOn(first)),
                graph(keyed(), job(TEST).delay(Duration.ofMinutes(1)))));
        assertThat(others.changes().ready()).isEqualTo(Map.of(new TypeChannel(BUILD.name(), "default"), 2));
        assertThat(others.changes().scheduled()).containsExactly(new TypeChannel(TEST.name(), "default"));
    }

    @Test
    @DisplayName("ENQ-4: the same jobs again, plain or not, are answered as they stand and stored once")
    void again() throws IOException {
        JobRequest<RawJson, RawJson> plain = job(BUILD);
        JobRequest<RawJson, RawJson> first = job(BUILD);
        JobRequest<RawJson, RawJson> second = job(BUILD).dependsOn(first);
        accepted(plain);
        accepted(first, second);
        engine.claim();
        long records = engine.records();
        assertThat(accepted(plain)).containsExactly(new Enqueued(plain.id(), false, JobState.RUNNING));
        assertThat(accepted(first, second))
                .containsExactly(
                        new Enqueued(first.id(), false, JobState.READY),
                        new Enqueued(second.id(), false, JobState.BLOCKED));
        assertThat(engine.records()).isEqualTo(records);
        JobRequest<RawJson, RawJson> third = job(BUILD).dependsOn(second);
        assertThat(accepted(plain, first, second, third))
                .extracting(Enqueued::created)
                .containsExactly(false, false, false, true);
        refused(plain.id(), BUILD.job(RawJson.of("2")).id(plain.id()));
        refused(plain.id(), job(TEST), job(TEST).id(plain.id()), job(BUILD).dependsOn(third));
        isReadAgain();
    }

    @Test
    @DisplayName("ENQ-5: edges to twins of a unique key go to its holder, however many; there is room for both lists")
    void manyChangedEdges() throws IOException {
        List<JobRequest<RawJson, RawJson>> holders = new ArrayList<>();
        List<JobRequest<RawJson, RawJson>> graph = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            holders.add(job(BUILD).uniqueKey("key" + i));
            graph.add(job(BUILD).uniqueKey("key" + i));
        }
        accepted(holders.toArray(JobRequest<?, ?>[]::new));
        JobRequest<RawJson, RawJson> last = job(BUILD);
        for (int i = 0; i < 200; i++) {
            last = i % 2 == 0 ? last.dependsOn(graph.get(i)) : last.requires(graph.get(i));
        }
        graph.add(last);
        List<Enqueued> answers = accepted(graph.toArray(JobRequest<?, ?>[]::new));
        assertThat(answers.get(0)).isEqualTo(new Enqueued(holders.get(0).id(), false, JobState.READY));
        assertThat(answers.get(200)).isEqualTo(new Enqueued(last.id(), true, JobState.BLOCKED));
        for (int i = 0; i < 200; i++) {
            int edge = i;
            assertThat(engine.<JobId>of(last.id(), e -> e.edges().target(edge).id()))
                    .isEqualTo(holders.get(i).id());
            assertThat(engine.<Boolean>of(last.id(), e -> e.edges().required(edge)))
                    .isEqualTo(i % 2 == 1);
        }
        isReadAgain();
    }

    @Test
    @DisplayName("ENQ-5: what stands behind the holder of a key is not looked at")
    void twinOfAHeldKey() {
        JobRequest<RawJson, RawJson> holder = keyed();
        JobRequest<RawJson, RawJson> twin = unknownDependency(keyed());
        assertThat(accepted(holder, twin)).extracting(Enqueued::id).containsExactly(holder.id(), holder.id());
        assertThat(accepted(twin)).containsExactly(new Enqueued(holder.id(), false, JobState.READY));
        JobRequest<RawJson, RawJson> otherPair = unknownDependency(job(TEST).uniqueKey("key"));
        refused(otherPair.id(), otherPair);
        JobRequest<RawJson, RawJson> otherKey = unknownDependency(job(BUILD).uniqueKey("other"));
        refused(otherKey.id(), otherKey);
    }

    @Test
    @DisplayName("ENQ-5, DEP-3: a job that fails at once holds no key, so the next one with it counts")
    void doomedJobsHoldNoKey() {
        JobRequest<RawJson, RawJson> failed = failed();
        JobRequest<RawJson, RawJson> doomed = keyed().requires(failed);
        JobRequest<RawJson, RawJson> second = keyed();
        assertThat(accepted(doomed, second))
                .containsExactly(
                        new Enqueued(doomed.id(), true, JobState.FAILED),
                        new Enqueued(second.id(), true, JobState.READY));
        JobRequest<RawJson, RawJson> other = job(BUILD).uniqueKey("other").requires(failed);
        JobRequest<RawJson, RawJson> bad = unknownDependency(job(BUILD).uniqueKey("other"));
        refused(bad.id(), other, bad);
        JobRequest<RawJson, RawJson> harmless = job(BUILD).uniqueKey("other").dependsOn(failed);
        assertThat(accepted(harmless, bad)).extracting(Enqueued::id).containsExactly(harmless.id(), harmless.id());
    }

    @Test
    @DisplayName(
            "ENQ-5, DEP-3: failing goes on inside of the graph along required edges only, also from a job that is stored again")
    void doomedInsideTheGraph() {
        JobRequest<RawJson, RawJson> failed = failed();
        JobRequest<RawJson, RawJson> first = job(BUILD).requires(failed);
        JobRequest<RawJson, RawJson> bad = unknownDependency(keyed());
        refused(bad.id(), first, keyed().requires(first), bad);
        refused(bad.id(), failed, keyed().requires(failed), bad);
        JobRequest<RawJson, RawJson> harmless = keyed().dependsOn(first);
        assertThat(accepted(failed, first, harmless, bad))
                .extracting(Enqueued::id)
                .containsExactly(failed.id(), first.id(), harmless.id(), harmless.id());
    }

    private Answer<TokenAnswer> finish(JobToken token, JobOutcome outcome, JobRequest<?, ?>... followUps) {
        return FinishOperation.call(
                        engine.writer(),
                        engine.reader(),
                        List.of(new FinishRequest(token, outcome, 0, graph(followUps))))
                .items()
                .get(0);
    }

    @Test
    @DisplayName("FIN-7: a follow-up may take the key of the job that ends, but not of one that goes on")
    void keyOfTheEndingJob() {
        JobRequest<RawJson, RawJson> holder = keyed();
        accepted(holder);
        JobToken token = engine.claim();
        JobRequest<RawJson, RawJson> bad = unknownDependency(keyed());
        JobOutcome succeeded = new JobOutcome.Succeeded(RawJson.NULL);
        assertThat(finish(token, succeeded, bad)).isInstanceOf(Answer.Refused.class);
        assertThat(finish(token, new JobOutcome.Released(Duration.ZERO), bad))
                .isEqualTo(Answer.accepted(TokenAnswer.DONE));
        token = engine.claim();
        JobRequest<RawJson, RawJson> next = keyed();
        assertThat(finish(token, succeeded, next)).isEqualTo(Answer.accepted(TokenAnswer.DONE));
        assertThat(engine.<JobState>of(next.id(), e -> e.state())).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("FIN-7, DEP-3: a follow-up that requires a job which fails with it holds no key")
    void followUpOfAFailure() {
        JobRequest<RawJson, RawJson> root = job(BUILD);
        JobRequest<RawJson, RawJson> dependent = job(BUILD).requires(root);
        accepted(root, dependent);
        JobToken token = engine.claim();
        JobRequest<RawJson, RawJson> bad = unknownDependency(keyed());
        assertThat(finish(token, failure(), keyed().requires(root), bad)).isInstanceOf(Answer.Refused.class);
        assertThat(finish(token, failure(), keyed().requires(dependent), bad)).isInstanceOf(Answer.Refused.class);
        JobRequest<RawJson, RawJson> harmless = keyed().dependsOn(root);
        assertThat(finish(token, failure(), harmless, bad)).isEqualTo(Answer.accepted(TokenAnswer.DONE));
        assertThat(engine.<JobState>of(harmless.id(), e -> e.state())).isEqualTo(JobState.READY);
        assertThat(engine.<JobState>of(dependent.id(), e -> e.state())).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("FIN-7: a job that succeeds dooms none of its follow-ups")
    void followUpOfASuccess() {
        JobRequest<RawJson, RawJson> root = job(BUILD);
        accepted(root);
        JobRequest<RawJson, RawJson> next = keyed().requires(root);
        JobRequest<RawJson, RawJson> bad = unknownDependency(keyed());
        assertThat(finish(engine.claim(), new JobOutcome.Succeeded(RawJson.NULL), next, bad))
                .isEqualTo(Answer.accepted(TokenAnswer.DONE));
        assertThat(engine.<JobState>of(next.id(), e -> e.state())).isEqualTo(JobState.READY);
    }
}
