package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RunningJob;
import dev.jobqueue.fs.FileJobQueue;
import java.nio.file.Path;
import java.util.List;

/** The sample code of the README. */
public final class TenLines {
    private TenLines() {}

    /** Prints 16. The only argument is the directory of the queue. */
    public static void main(String... args) throws Exception {
        Path directory = Path.of(args[0]);
        // README: begin
        JobType<String, Integer> count = JobType.of("count", String.class, Integer.class);
        JobRequest<String, Integer> hello = count.job("hello, ");
        JobRequest<String, Integer> world = count.job("job queue").requires(hello);
        try (JobQueue queue = FileJobQueue.open(directory)) {
            queue.enqueueAll(List.of(hello, world)); // durable on return, both or none
            try (RunningJob<String, Integer> job = queue.dequeue(count)) {
                job.succeed(job.args().length());
            }
            try (RunningJob<String, Integer> job = queue.dequeue(count)) { // ready now that the first has succeeded
                int before = job.dependency(0, count).result().orElseThrow();
                job.succeed(before + job.args().length());
            }
            System.out.println(queue.status(count, world.id()).result().orElseThrow());
        }
        // README: end
    }
}
