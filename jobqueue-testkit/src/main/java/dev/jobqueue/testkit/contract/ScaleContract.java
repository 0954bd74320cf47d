package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules DEP-9, DEQ-11 and RET-1 with as many jobs as {@link StoreFixture#scale} says. */
@Tag(Level.MUST)
@Tag(Level.SCALE)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class ScaleContract extends AreaContract {
    private static final JobType<RawJson, RawJson> RARE = JobType.raw("rare");
    private static final int BATCH = 5_000;
    private static final int LAYER = 1_000;

    /** How much more a claim in a full store may cost than in an empty one: far more than noise, far less than a walk over its jobs. */
    private static final int MOST_TIMES = 50;

    private static final long NOISE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    @Test
    @DisplayName("DEP-9 [must, scale]: a chain is enqueued, fails down to its end and is pruned, without recursion")
    void chain() {
        int size = fixture.scale();
        List<JobRequest<RawJson, RawJson>> chain = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            JobRequest<RawJson, RawJson> request = BUILD.job(null);
            chain.add(i == 0 ? request : request.requires(chain.get(i - 1)));
        }
        enqueueGraph(chain);
        succeed(chain.get(0).id());
        succeed(chain.get(1).id());
        fail(chain.get(2).id());
        JobId last = chain.get(size - 1).id();
        assertThat(state(last)).isEqualTo(JobState.FAILED);
        assertThat(queue.status(last).error().orElseThrow().code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(queue.counts()).isEmpty();
        assertThat(queue.graph(last).jobs()).hasSize(size);
        assertThat(queue.graph(last).causes()).containsExactly(chain.get(2).id());
        pruneAll(size);
    }

    @Test
    @DisplayName("DEP-9, CAN-5 [must, scale]: a chain is canceled as a whole")
    void chainIsCanceled() {
        int size = fixture.scale();
        List<JobRequest<RawJson, RawJson>> chain = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            JobRequest<RawJson, RawJson> request = BUILD.job(null);
            chain.add(i == 0 ? request : request.dependsOn(chain.get(i - 1)));
        }
        enqueueGraph(chain);
        JobId last = chain.get(size - 1).id();
        assertThat(queue.cancelGraph(last, "not wanted")).isEqualTo(size);
        assertThat(queue.counts()).isEmpty();
        assertThat(queue.delete(last)).isEqualTo(size);
    }

    @Test
    @DisplayName("DEP-9 [must, scale]: a fan-out is enqueued, released by one finish, run in batches and pruned")
    void fanOut() {
        int size = fixture.scale();
        JobRequest<RawJson, RawJson> root = OTHER.job(null);
        List<JobRequest<RawJson, RawJson>> all = new ArrayList<>(size);
        all.add(root);
        for (int i = 1; i < size; i++) {
            all.add(BUILD.job(null).requires(root));
        }
        enqueueGraph(all);
        succeed(root.id());
        assertThat(queue.counts()).containsExactly(new JobCount(pair(BUILD), JobState.READY, size - 1));
        assertThat(runAll()).isEqualTo(size - 1);
        pruneAll(size);
    }

    @Test
    @DisplayName("DEP-9 [must, scale]: a fan-in is enqueued, run in batches, released by the last finish and pruned")
    void fanIn() {
        int size = fixture.scale();
        List<JobRequest<RawJson, RawJson>> all = new ArrayList<>(requests(BUILD, size - 1));
        JobRequest<RawJson, RawJson> last = OTHER.job(null).dependencies(ids(all), false);
        all.add(last);
        enqueueGraph(all);
        assertThat(runAll()).isEqualTo(size - 1);
        RunningJob<RawJson, RawJson> job = take(OTHER);
        assertThat(job.dependencies()).hasSize(size - 1);
        assertThat(job.dependencies().get(size - 2).state()).isEqualTo(JobState.SUCCEEDED);
        succeed(job);
        assertThat(queue.graph(last.id()).jobs()).hasSize(size);
        pruneAll(size);
    }

    @Test
    @DisplayName("DEP-9 [must, scale]: a layered graph is enqueued, run layer by layer in batches and pruned")
    void layers() {
        int size = fixture.scale();
        List<JobRequest<RawJson, RawJson>> all = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            JobRequest<RawJson, RawJson> request = BUILD.job(null);
            if (i >= LAYER) {
                int above = (i / LAYER - 1) * LAYER;
                request = request.requires(
                        all.get(above + i % LAYER), all.get(above + (i + 1) % LAYER), all.get(above + (i + 7) % LAYER));
            }
            all.add(request);
        }
        enqueueGraph(all);
        assertThat(runAll()).isEqualTo(size);
        pruneAll(size);
    }

    @Test
    @DisplayName(
            "DEQ-11 [must, scale]: the cost of a claim does not grow with finished, blocked, scheduled or other jobs")
    void costOfAClaimDoesNotGrow() {
        Selector rare = Selector.of(RARE, TEST).channels("default", "c");
        long before = claimNanos(rare);
        int quarter = fixture.scale() / 4;
        enqueueGraph(requests(BUILD, quarter));
        runAll();
        enqueueGraph(requests(OTHER, quarter));
        JobId dependency = enqueue(OTHER);
        enqueueGraph(requests(RARE, quarter).stream()
                .map(r -> r.dependsOn(dependency))
                .toList());
        enqueueGraph(requests(RARE, quarter).stream()
                .map(r -> r.delay(Duration.ofDays(1)))
                .toList());
        long after = claimNanos(rare);
        assertThat(after)
                .as("nanoseconds of an empty claim, and of one that finds a job, in the empty store: " + before)
                .isLessThan(MOST_TIMES * Math.max(before, NOISE_NANOS));
    }

    /** The shortest of several rounds in which nothing is found, one job is enqueued, and it is found. */
    private long claimNanos(Selector selector) {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long start = System.nanoTime();
            assertThat(claim(store, selector, JobToken.create()).jobs()).isEmpty();
            long empty = System.nanoTime() - start;
            JobId id = enqueue(RARE.job(null).channel("c"));
            start = System.nanoTime();
            assertThat(claim(store, selector, JobToken.create()).jobs())
                    .extracting(j -> j.job().id())
                    .containsExactly(id);
            shortest = Math.min(shortest, empty + System.nanoTime() - start);
        }
        return shortest;
    }

    private void enqueueGraph(List<JobRequest<RawJson, RawJson>> graph) {
        assertThat(queue.enqueueAll(graph)).hasSize(graph.size());
    }

    /** Runs BUILD jobs in batches until there is none. */
    private int runAll() {
        int done = 0;
        while (true) {
            List<RunningJob<RawJson, RawJson>> jobs = takeBuilds();
            if (jobs.isEmpty()) {
                return done;
            }
            Map<JobToken, JobOutcome> outcomes = new LinkedHashMap<>();
            jobs.forEach(j -> outcomes.put(j.token(), new JobOutcome.Succeeded(RawJson.NULL)));
            assertThat(queue.finishAll(outcomes)).containsOnly(TokenAnswer.DONE);
            done += jobs.size();
        }
    }

    private List<RunningJob<RawJson, RawJson>> takeBuilds() {
        try {
            return queue.dequeueBatch(
                    DequeueRequest.of(Selector.of(BUILD)).max(BATCH).timeout(NOW));
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    private void pruneAll(int expected) {
        int removed = 0;
        for (int some = queue.prune(NOW, BATCH); some > 0; some = queue.prune(NOW, BATCH)) {
            removed += some;
        }
        assertThat(removed).isEqualTo(expected);
    }
}
