package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What workers do, in the thread of a test. */
final class Workers {
    static final RawJson MANIFEST = RawJson.of("{\"version\":\"2\",\"pipelines\":[]}");
    static final RawJson GOOD_OUTPUT = RawJson.of("{\"success\":true,\"log\":{\"image\":[]}}");
    static final RawJson BAD_OUTPUT = RawJson.of("{\"success\":false,\"log\":{\"image\":[\"no space\"]}}");
    static final KojiInitArgs BUILD = new KojiInitArgs("https://koji.example.com", "fedora", "42", "1");

    private Workers() {}

    /** Takes the next job of this type, which must be there. */
    static <A, R> RunningJob<A, R> take(JobQueue queue, JobType<A, R> type) throws InterruptedException {
        return queue.dequeue(Selector.of(type).anyChannel(), Duration.ZERO)
                .orElseThrow(() -> new AssertionError("no job of type " + type + " is ready"))
                .as(type);
    }

    /** Takes the next job of this type and reports this result. */
    static void run(JobQueue queue, JobType<?, ?> type, String result) throws InterruptedException {
        report(queue, take(queue, type), result);
    }

    /** Reports a result, as the service does for its workers. */
    static void report(JobQueue queue, RunningJob<?, ?> job, String result) {
        var unused = queue.finish(job.token(), JobTypes.outcome(job.type(), RawJson.of(result)));
    }

    static OsbuildArgs osbuildArgs() {
        return OsbuildArgs.of(MANIFEST, "disk.qcow2", List.of("image"));
    }

    static KojiCompose.Image image(String arch) {
        return new KojiCompose.Image(arch, MANIFEST, "disk.qcow2", List.of("image"), Optional.empty());
    }

    static KojiCompose kojiCompose(String... archs) {
        return KojiCompose.plan(
                BUILD,
                7,
                1_600_000_000,
                List.of(archs).stream().map(Workers::image).toList(),
                "org-1");
    }
}
