package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.Page;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import dev.jobqueue.examples.embedded.Jobs.Listed;
import dev.jobqueue.examples.embedded.Jobs.Sums;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One walk through a folder, from the listing to the sums; it may take several starts of the program. */
final class Run {
    private final JobQueue queue;
    private final ListArgs args;
    private final String channel;

    Run(JobQueue queue, ListArgs args) {
        this.queue = queue;
        this.args = args;
        // What is read and where it is written make a run; a channel is too short for two paths.
        String name = args.folder() + " " + args.output();
        channel = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    String channel() {
        return channel;
    }

    /** The SUMS job of a run that was listed but not finished. */
    Optional<JobId> unfinishedSums() {
        return List.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING).stream()
                .map(state -> JobQuery.unfinished(Jobs.SUMS.name(), channel, state))
                .flatMap(query -> queue.list(query, Page.Request.first(1)).items().stream())
                .map(JobStatus::id)
                .findFirst();
    }

    /** Enqueues the listing, unless it waits already, and gives its job. */
    JobId list() {
        return queue.enqueue(Jobs.list(channel, args)).id();
    }

    /**
     * The SUMS job that a listing has enqueued, or empty if it is not done after this time.
     *
     * @throws IOException if the listing has failed
     */
    Optional<JobId> sumsAfter(JobId list, Duration timeout) throws InterruptedException, IOException {
        Optional<JobStatus<Listed>> end = queue.await(Jobs.LIST, list, timeout);
        return end.isEmpty()
                ? Optional.empty()
                : Optional.of(JobId.parse(resultOf(end.get()).sumsJob()));
    }

    /** The end of the run, or empty if it is not done after this time. @throws IOException if the sums could not be written */
    Optional<Sums> end(JobId sums, Duration timeout) throws InterruptedException, IOException {
        Optional<JobStatus<Sums>> end = queue.await(Jobs.SUMS, sums, timeout);
        return end.isEmpty() ? Optional.empty() : Optional.of(resultOf(end.get()));
    }

    private static <R> R resultOf(JobStatus<R> end) throws IOException {
        if (end.result().isEmpty()) {
            throw new IOException(end.type() + " job " + end.id() + " is " + end.state()
                    + end.error().map(error -> ": " + error.reason()).orElse(""));
        }
        return end.result().get();
    }

    /** How many HASH jobs the run has. */
    int files(JobId sums) {
        return queue.job(sums).dependencies().size();
    }

    /** How many HASH jobs are not finished. */
    int filesLeft() {
        TypeChannel hashes = new TypeChannel(Jobs.HASH.name(), channel);
        return (int) queue.counts().stream()
                .filter(count -> count.pair().equals(hashes))
                .mapToLong(JobCount::count)
                .sum();
    }
}
