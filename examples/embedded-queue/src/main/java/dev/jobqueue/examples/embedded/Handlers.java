package dev.jobqueue.examples.embedded;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobError;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.examples.embedded.Jobs.FailedFile;
import dev.jobqueue.examples.embedded.Jobs.FileHash;
import dev.jobqueue.examples.embedded.Jobs.HashArgs;
import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import dev.jobqueue.examples.embedded.Jobs.Listed;
import dev.jobqueue.examples.embedded.Jobs.Sums;
import dev.jobqueue.examples.embedded.Jobs.SumsArgs;
import dev.jobqueue.worker.JobContext;
import dev.jobqueue.worker.JobFailedException;
import dev.jobqueue.worker.JobReleasedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is done for each type of job. Thread-safe. */
final class Handlers {
    private static final int FAILURES_SHOWN = 100;

    private final JobQueue queue;
    private final Progress progress;
    private final ThreadLocal<Hasher> hashers = ThreadLocal.withInitial(Hasher::new);

    Handlers(JobQueue queue, Progress progress) {
        this.queue = queue;
        this.progress = progress;
    }

    /** Lists the folder and enqueues all that follows, in one step with the result: there is never half a run. */
    Listed list(JobContext<ListArgs, Listed> job) throws IOException {
        ListArgs args = job.args();
        List<JobRequest<?, ?>> requests = Jobs.afterListing(job.job().options().channel(), args, Listing.of(args));
        job.followUp(requests);
        return new Listed(requests.get(requests.size() - 1).id().toString());
    }

    FileHash hash(JobContext<HashArgs, FileHash> job) throws JobFailedException {
        try {
            return hashers.get().hash(job.args());
        } finally {
            progress.hashed(job.args().name());
        }
    }

    /** Writes the hashes. If that fails the program ends, and its next start, perhaps with another disk, goes on with this job. */
    Sums sums(JobContext<SumsArgs, Sums> job) throws JobReleasedException {
        try {
            return writeSums(job);
        } catch (IOException e) {
            progress.failed(e);
            throw new JobReleasedException(Duration.ofSeconds(1));
        }
    }

    /** Reads the outcome of each HASH job by its position. */
    private Sums writeSums(JobContext<SumsArgs, Sums> job) throws IOException {
        int files = job.job().dependencies().size();
        long bytes = 0;
        int failures = 0;
        List<FailedFile> firstFailures = new ArrayList<>();
        try (SumsFile sums = new SumsFile(Jobs.path(job.args().output()))) {
            for (int position = 0; position < files; position++) {
                DependencyOutcome<FileHash> outcome = job.dependency(position, Jobs.HASH);
                if (outcome.result().isPresent()) {
                    sums.add(outcome.result().get());
                    bytes += outcome.result().get().bytes();
                } else if (failures++ < FAILURES_SHOWN) {
                    firstFailures.add(failure(outcome));
                }
            }
            sums.publish();
        }
        return new Sums(files, bytes, failures, firstFailures);
    }

    private FailedFile failure(DependencyOutcome<FileHash> outcome) {
        JobError error = outcome.error().orElseThrow();
        String name = queue.job(Jobs.HASH, outcome.id()).args().name();
        return new FailedFile(name, error.code(), error.reason());
    }
}
