package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a look at the list reads, and that it misses nothing on the way of a job through its states. */
class RecentComposesTest {
    private static final String CHANNEL = JobOptions.DEFAULT_CHANNEL;
    private static final JobType<OsbuildArgs, ?> X86_64 = JobTypes.OSBUILD.variant("x86_64");

    private final AtomicInteger read = new AtomicInteger();
    private final DelegatingJobStore store = new DelegatingJobStore(new InMemoryJobStore()) {
        @Override
        public Page<JobId> list(JobQuery query, Page.Request page) {
            read.incrementAndGet();
            return super.list(query, page);
        }

        @Override
        public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
            read.addAndGet(ids.size());
            return super.find(ids, parts);
        }
    };
    private final JobQueue queue = JobQueue.on(store);
    private final Site site = new Site(queue);
    private final RecentComposes recent =
            new RecentComposes(queue, CHANNEL, List.of(X86_64.name(), JobTypes.KOJI_FINALIZE.name()));

    @AfterEach
    void stop() {
        site.close();
        queue.close();
    }

    private void build(int composes) throws Exception {
        for (int i = 0; i < composes; i++) {
            site.plain(CHANNEL);
            site.run(X86_64, Site.BUILT);
        }
    }

    /** How many lists and jobs one more look and one more page read. */
    private int costOfALook() throws Exception {
        read.set(0);
        assertThat(recent.look().complete()).isTrue();
        site.samples.take();
        site.get("");
        return read.get();
    }

    @Test
    void aLookCostsTheSameHoweverLongTheHistoryIs() throws Exception {
        build(25);
        site.get("");
        recent.look();
        int atFirst = costOfALook();
        build(1_000);
        site.get("");
        recent.look();
        assertThat(costOfALook()).isEqualTo(atFirst).isLessThan(60);
        assertThat(recent.look().composes()).hasSize(1_025);
    }

    @Test
    void noComposeIsMissedWhateverHappensBetweenTwoLooks() throws Exception {
        JobId waits = site.plain(CHANNEL);
        assertThat(ids()).containsExactly(waits);
        JobId done = site.plain(CHANNEL);
        site.run(X86_64, Site.BUILT);
        site.run(X86_64, Site.BUILT);
        assertThat(ids()).containsExactly(done, waits);
        JobId running = site.plain(CHANNEL);
        JobId canceled = site.koji(CHANNEL, "fedora", "x86_64").finalizeJob();
        var unused = site.take(X86_64, "worker-1");
        queue.cancel(canceled, "");
        assertThat(ids()).containsExactly(canceled, running, done, waits);
        assertThat(recent.look().composes().get(1).finished()).isEmpty();
        assertThat(recent.look().composes().get(0).finished()).isPresent();
    }

    private List<JobId> ids() {
        return recent.look().composes().stream().map(RecentComposes.Seen::id).toList();
    }

    @Test
    void aLongHistoryIsReadInSeveralLooks() throws Exception {
        build(4_500);
        RecentComposes late = new RecentComposes(queue, CHANNEL, List.of(X86_64.name()));
        assertThat(late.look().complete()).isFalse();
        assertThat(late.look().complete()).isFalse();
        assertThat(late.look().complete()).isTrue();
        assertThat(late.look().composes()).hasSize(4_500);
    }
}
