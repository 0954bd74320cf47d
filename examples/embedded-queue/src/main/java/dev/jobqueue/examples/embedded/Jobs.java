package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The jobs of a run: one LIST job, which enqueues one HASH job for each file and a SUMS job that depends on all of them.
 *
 * <p>All of them carry a channel that stands for the folder and the output, so several runs can share a queue.
 */
final class Jobs {
    /** Lists a folder. */
    static final JobType<ListArgs, Listed> LIST = JobType.of("list", ListArgs.class, Listed.class);

    /** Computes the SHA-256 of one file. */
    static final JobType<HashArgs, FileHash> HASH = JobType.of("hash", HashArgs.class, FileHash.class);

    /** Writes all the hashes to one file. */
    static final JobType<SumsArgs, Sums> SUMS = JobType.of("sums", SumsArgs.class, Sums.class);

    private Jobs() {}

    /**
     * What to list.
     *
     * @param skippedNames directories with these names are left out, with all that is in them
     * @param skippedPaths these files and directories are left out
     */
    record ListArgs(String folder, String output, Set<String> skippedNames, Set<String> skippedPaths) {}

    /** The job to wait for. The names are not here but in the HASH jobs, so that this stays small. */
    record Listed(String sumsJob) {}

    record HashArgs(String folder, String name) {}

    record FileHash(String name, long bytes, String sha256) {}

    record SumsArgs(String folder, String output) {}

    /** What a run came to, with the first failures. */
    record Sums(int files, long bytes, int failures, List<FailedFile> firstFailures) {}

    record FailedFile(String name, int code, String reason) {}

    /** The request that starts a run; while it waits or runs, another one like it makes no second run. */
    static JobRequest<ListArgs, Listed> list(String channel, ListArgs args) {
        return LIST.job(args).channel(channel).uniqueKey("list");
    }

    /** What follows a listing: a HASH job for each file, and last the SUMS job. */
    static List<JobRequest<?, ?>> afterListing(String channel, ListArgs args, List<String> names) {
        List<JobRequest<?, ?>> requests = new ArrayList<>(names.size() + 1);
        List<JobId> hashes = new ArrayList<>(names.size());
        for (String name : names) {
            JobRequest<HashArgs, FileHash> hash =
                    HASH.job(new HashArgs(args.folder(), name)).channel(channel);
            requests.add(hash);
            hashes.add(hash.id());
        }
        requests.add(SUMS.job(new SumsArgs(args.folder(), args.output()))
                .channel(channel)
                .dependencies(hashes, false));
        return requests;
    }

    /** The path in stored args. */
    static Path path(String uri) {
        return Path.of(URI.create(uri));
    }
}
