package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** RET-1: which finished jobs a prune removes, and in which order. */
class PruneOperationTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Duration MILLI = Duration.ofMillis(1);

    private final StepDisk disk = new StepDisk();
    private final ManualClock clock = new ManualClock();
    private EngineCalls engine;

    @BeforeEach
    void open() throws IOException {
        engine = new EngineCalls(disk, new Settings(clock, 4 << 20, 0, 1 << 30, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static JobRequest<RawJson, RawJson> job() {
        return BUILD.job(RawJson.of("1"));
    }

    private void insert(JobRequest<?, ?>... requests) {
        List<NewJob> graph = new ArrayList<>();
        for (JobRequest<?, ?> request : requests) {
            graph.add(new NewJob(request.job(), Duration.ZERO));
        }
        engine.insert(graph);
    }

    private void cancel(JobId id) {
        CancelOperation.call(engine.writer(), List.of(new CancelRequest(id, "why", false)));
    }

    private int prune(Duration limit, int max) {
        return PruneOperation.call(engine.writer(), limit, max);
    }

    private boolean exists(JobId id) {
        return Look.ask(
                engine.writer(),
                core -> core.index.job(
                                id.value().getMostSignificantBits(), id.value().getLeastSignificantBits())
                        != null);
    }

    @Test
    @DisplayName("a job is removed when it was finished so long ago, not earlier")
    void limit() {
        JobRequest<RawJson, RawJson> first = job();
        insert(first);
        engine.succeed(engine.claim(), "1");
        Duration limit = Duration.ofMinutes(5);
        clock.advance(limit.minus(MILLI));
        assertThat(prune(limit, 10)).isZero();
        clock.advance(MILLI);
        assertThat(prune(limit, 10)).isEqualTo(1);
        assertThat(exists(first.id())).isFalse();
    }

    @Test
    @DisplayName("CAN-3: a job that was canceled while it ran stays for an hour; the next ones do not wait for it")
    void canceledWhileRunning() {
        JobRequest<RawJson, RawJson> running = job();
        JobRequest<RawJson, RawJson> ready = job();
        insert(running, ready);
        engine.claim();
        cancel(running.id());
        cancel(ready.id());
        assertThat(prune(Duration.ZERO, 10)).isEqualTo(1);
        assertThat(exists(ready.id())).isFalse();
        clock.advance(Duration.ofHours(1).minus(MILLI));
        assertThat(prune(Duration.ZERO, 10)).isZero();
        clock.advance(MILLI);
        assertThat(prune(Duration.ZERO, 10)).isEqualTo(1);
    }

    @Test
    @DisplayName("more than one portion is removed, up to the number that was asked for")
    void portions() {
        List<NewJob> graph = new ArrayList<>();
        for (int i = 0; i < 4_500; i++) {
            graph.add(new NewJob(job().job(), Duration.ZERO));
        }
        engine.insert(graph);
        for (NewJob job : graph) {
            cancel(job.job().id());
        }
        assertThat(prune(Duration.ZERO, 0)).isZero();
        assertThat(prune(Duration.ZERO, 4_100)).isEqualTo(4_100);
        assertThat(exists(graph.get(4_099).job().id())).isFalse();
        assertThat(exists(graph.get(4_100).job().id())).isTrue();
        assertThat(prune(Duration.ZERO, 10_000)).isEqualTo(400);
        assertThat(engine.size()).isZero();
    }

    /** Four jobs, of which the last depends on two that depend on the first, and one more; finished in this order. */
    private List<JobId> diamondAndOneMore() {
        JobRequest<RawJson, RawJson> bottom = job();
        JobRequest<RawJson, RawJson> left = job().dependsOn(bottom);
        JobRequest<RawJson, RawJson> right = job().requires(bottom);
        JobRequest<RawJson, RawJson> top = job().dependsOn(left).dependsOn(right);
        JobRequest<RawJson, RawJson> more = job();
        insert(bottom, left, right, top, more);
        for (int i = 0; i < 5; i++) {
            clock.advance(MILLI);
            engine.succeed(engine.claim(), "1");
        }
        return List.of(bottom.id(), left.id(), right.id(), top.id(), more.id());
    }

    private List<JobId> left(List<JobId> ids) {
        return ids.stream().filter(this::exists).toList();
    }

    @Test
    @DisplayName("what only a removed job needed goes before what was finished later, each once")
    void freed() throws IOException {
        List<JobId> jobs = diamondAndOneMore();
        assertThat(prune(Duration.ZERO, 4)).isEqualTo(4);
        assertThat(left(jobs)).containsExactly(jobs.get(4));
        engine.close();
        open();
        assertThat(left(jobs)).containsExactly(jobs.get(4));
        assertThat(prune(Duration.ZERO, 10)).isEqualTo(1);
    }

    @Test
    @DisplayName("one at a time: first what nobody depends on, then the oldest finish of what became free")
    void oneAtATime() {
        List<JobId> jobs = diamondAndOneMore();
        for (int next : new int[] {3, 1, 2, 0, 4}) {
            assertThat(prune(Duration.ZERO, 1)).isEqualTo(1);
            assertThat(exists(jobs.get(next))).as("job %d", next).isFalse();
        }
        assertThat(engine.size()).isZero();
    }

    @Test
    @DisplayName("within one call, too, the oldest finish of what became free goes first")
    void oldestFirst() {
        List<JobId> jobs = diamondAndOneMore();
        assertThat(prune(Duration.ZERO, 2)).isEqualTo(2);
        assertThat(left(jobs)).containsExactly(jobs.get(0), jobs.get(2), jobs.get(4));
    }

    @Test
    @DisplayName("what became free but is not old enough stays, and does not keep older ones")
    void freedTooNew() {
        JobRequest<RawJson, RawJson> bottom = job();
        JobRequest<RawJson, RawJson> top = job().dependsOn(bottom);
        insert(bottom, top);
        cancel(top.id());
        clock.advance(Duration.ofMinutes(1));
        engine.succeed(engine.claim(), "1");
        JobRequest<RawJson, RawJson> unfinished = job();
        JobRequest<RawJson, RawJson> other = job().dependsOn(unfinished);
        insert(unfinished, other);
        cancel(other.id());
        clock.advance(Duration.ofMinutes(1));
        assertThat(prune(Duration.ofMinutes(2), 10)).isEqualTo(1);
        assertThat(exists(bottom.id())).isTrue();
        assertThat(prune(Duration.ofMinutes(1), 10)).isEqualTo(2);
        assertThat(exists(bottom.id())).isFalse();
        assertThat(exists(unfinished.id())).isTrue();
    }
}
