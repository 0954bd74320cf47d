package dev.jobqueue.examples.embedded;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.embedded.Jobs.FailedFile;
import dev.jobqueue.examples.embedded.Jobs.FileHash;
import dev.jobqueue.examples.embedded.Jobs.HashArgs;
import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import dev.jobqueue.examples.embedded.Jobs.Listed;
import dev.jobqueue.examples.embedded.Jobs.Sums;
import dev.jobqueue.examples.embedded.Jobs.SumsArgs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one thread: takes jobs, does them, ends them.
 *
 * <p>Small files are hashed faster than a disk can acknowledge them one by one, so jobs are taken and ended in batches. A batch that lasts is cut
 * short: what is done is acknowledged and the rest is given back, for the other threads.
 *
 * <p>There are no heartbeats: the workers live and die with this process, and the next start gives their jobs back.
 */
final class Worker implements Callable<@Nullable Void> {
    private static final int BATCH = 64;
    private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final JobOutcome GIVE_BACK = new JobOutcome.Released(Duration.ZERO);
    private static final int FAILURES_SHOWN = 100;

    private final JobQueue queue;
    private final DequeueRequest wanted;
    private final Progress progress;
    private final Hasher hasher = new Hasher();

    Worker(JobQueue queue, String channel, Progress progress) {
        this.queue = queue;
        wanted = DequeueRequest.of(Selector.of(Jobs.LIST, Jobs.HASH, Jobs.SUMS).channels(channel))
                .max(BATCH);
        this.progress = progress;
    }

    /** Works until interrupted while it waits for jobs. A failure that is no fault of a file ends it; the next start goes on with its jobs. */
    @Override
    public @Nullable Void call() throws IOException, InterruptedException {
        while (true) {
            List<RunningJob<HashArgs, FileHash>> hashes = new ArrayList<>();
            for (RunningJob<RawJson, RawJson> job : queue.dequeueBatch(wanted)) {
                if (job.type().equals(Jobs.HASH.name())) {
                    hashes.add(job.as(Jobs.HASH));
                } else if (job.type().equals(Jobs.LIST.name())) {
                    list(job.as(Jobs.LIST));
                } else {
                    writeSums(job.as(Jobs.SUMS));
                }
            }
            hash(hashes);
        }
    }

    /** Lists the folder and enqueues all that follows, in one step: there is never half a run. */
    private void list(RunningJob<ListArgs, Listed> job) throws IOException {
        ListArgs args = job.args();
        List<JobRequest<?, ?>> requests = Jobs.afterListing(job.job().options().channel(), args, Listing.of(args));
        JobRequest<?, ?> sums = requests.get(requests.size() - 1);
        job.succeed(new Listed(sums.id().toString()), requests);
    }

    private void hash(List<RunningJob<HashArgs, FileHash>> jobs) {
        long start = System.nanoTime();
        Map<JobToken, JobOutcome> outcomes = new LinkedHashMap<>();
        for (RunningJob<HashArgs, FileHash> job : jobs) {
            boolean late = !outcomes.isEmpty() && System.nanoTime() - start > BATCH_NANOS;
            outcomes.put(job.token(), late ? GIVE_BACK : hash(job.args()));
        }
        Iterator<TokenAnswer> answers = queue.finishAll(outcomes).iterator();
        for (JobOutcome outcome : outcomes.values()) {
            if (answers.next().verdict() == TokenAnswer.Verdict.DONE && outcome != GIVE_BACK) {
                progress.acknowledged();
            }
        }
    }

    private JobOutcome hash(HashArgs args) {
        JobOutcome outcome = hasher.hash(args);
        progress.hashed(args.name());
        return outcome;
    }

    /** Reads the outcome of each HASH job by its position and writes the hashes. */
    private void writeSums(RunningJob<SumsArgs, Sums> job) throws IOException {
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
        job.succeed(new Sums(files, bytes, failures, firstFailures));
    }

    private FailedFile failure(DependencyOutcome<FileHash> outcome) {
        JobError error = outcome.error().orElseThrow();
        String name = queue.job(Jobs.HASH, outcome.id()).args().name();
        return new FailedFile(name, error.code(), error.reason());
    }
}
