package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests cost the store. */
class StoreCallsTest {
    /** Counts calls about single jobs. */
    private static final class Counting extends DelegatingJobStore {
        final AtomicInteger heartbeats = new AtomicInteger();
        final AtomicInteger reads = new AtomicInteger();

        Counting() {
            super(new InMemoryJobStore());
        }

        @Override
        public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
            heartbeats.incrementAndGet();
            return super.heartbeat(tokens);
        }

        @Override
        public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
            reads.incrementAndGet();
            return super.find(ids, parts);
        }

        @Override
        public List<Optional<ClaimedJob>> running(List<JobToken> tokens) {
            reads.incrementAndGet();
            return super.running(tokens);
        }

        @Override
        public List<Optional<JobId>> jobsOf(List<JobToken> tokens) {
            reads.incrementAndGet();
            return super.jobsOf(tokens);
        }
    }

    @Test
    @DisplayName("W5: a poll of a worker is one call of the store, a write without a read")
    void poll(@TempDir Path temporary) throws Exception {
        Counting store = new Counting();
        try (JobQueue queue = JobQueue.on(store);
                Service service = new Service(queue, Service.options(temporary))) {
            new ComposerJobs(queue).enqueue(ComposerJobs.kojiInit(new KojiInitArgs("s", "n", "v", "r")));
            Service.Run run = service.take("koji-init");
            int reads = store.reads.get();
            for (int polls = 1; polls <= 3; polls++) {
                assertThat(run.get().status()).isEqualTo(200);
                assertThat(store.heartbeats).hasValue(polls);
                assertThat(store.reads).hasValue(reads);
            }
        }
    }
}
