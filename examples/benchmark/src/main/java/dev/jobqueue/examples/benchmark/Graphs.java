package dev.jobqueue.examples.benchmark;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.FileJobQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What big graphs cost: to enqueue, to run, to fail as a whole (DEP-3), and to prune. */
@Command(
        name = "graphs",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = "Enqueues, runs, fails and prunes big graphs: a chain, a fan-out, a fan-in, layers.")
final class Graphs implements Callable<Integer> {
    private static final int LAYER = 1_000;
    private static final int PRUNE_BATCH = 10_000;

    /** The form of a graph: which earlier jobs a job requires. */
    private enum Form {
        CHAIN,
        FAN_OUT,
        FAN_IN,
        LAYERED;

        /** The positions of the jobs that job {@code i} of {@code n} requires. */
        int[] required(int i, int n) {
            return switch (this) {
                case CHAIN -> i == 0 ? new int[0] : new int[] {i - 1};
                case FAN_OUT -> i == 0 ? new int[0] : new int[] {0};
                case FAN_IN -> i < n - 1 ? new int[0] : upTo(n - 1);
                case LAYERED -> i < LAYER ? new int[0] : layer(i);
            };
        }

        private static int[] upTo(int n) {
            int[] all = new int[n];
            for (int i = 0; i < n; i++) {
                all[i] = i;
            }
            return all;
        }

        /** Two jobs of the layer below, at a distance that doubles from layer to layer: a failure reaches all jobs within ten. */
        private static int[] layer(int i) {
            int layer = i / LAYER;
            int below = (layer - 1) * LAYER;
            return new int[] {below + i % LAYER, below + (i + (1 << layer % 10)) % LAYER};
        }
    }

    @Mixin
    private Directory directory = new Directory();

    @Option(names = "--jobs", defaultValue = "100000", description = "Jobs of each graph. Default: ${DEFAULT-VALUE}")
    private int jobs;

    @Override
    public Integer call() throws Exception {
        Path path = directory.path();
        Machine.print(path);
        System.out.printf("Graphs of %,d jobs, seconds%n%n", jobs);
        System.out.println(
                "| graph | enqueue | run | prune | enqueue again | one job fails: others failed by it | cascade |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Form form : Form.values()) {
            try (JobQueue queue = FileJobQueue.open(Directories.empty(path.resolve("graphs")))) {
                measure(queue, form);
            } finally {
                Directories.delete(path.resolve("graphs"));
            }
        }
        return 0;
    }

    private void measure(JobQueue queue, Form form) throws Exception {
        List<JobRequest<?, ?>> first = graph(form);
        double enqueue = Clock.seconds(() -> queue.enqueueAll(first));
        double run = Clock.seconds(() -> run(queue));
        double prune = Clock.seconds(() -> prune(queue));

        List<JobRequest<?, ?>> second = graph(form);
        double again = Clock.seconds(() -> queue.enqueueAll(second));
        JobId root = second.get(0).id();
        double cascade = Clock.seconds(() -> queue.cancel(root, "to see who follows"));
        long left = queue.counts().stream().mapToLong(JobCount::count).sum();
        System.out.printf(
                "| %s | %.2f | %.2f | %.2f | %.2f | %,d | %.2f |%n",
                form.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                enqueue,
                run,
                prune,
                again,
                jobs - 1 - left,
                cascade);
    }

    private List<JobRequest<?, ?>> graph(Form form) {
        List<JobRequest<?, ?>> requests = new ArrayList<>(jobs);
        for (int i = 0; i < jobs; i++) {
            List<JobId> required = new ArrayList<>();
            for (int position : form.required(i, jobs)) {
                required.add(requests.get(position).id());
            }
            JobRequest<RawJson, RawJson> request = Load.TYPE.job(Load.args(i));
            requests.add(required.isEmpty() ? request : request.dependencies(required, true));
        }
        return requests;
    }

    private void run(JobQueue queue) throws InterruptedException {
        int done = 0;
        while (done < jobs) {
            int now = QueueLoad.finish(queue, 100);
            if (now == 0) {
                throw new IllegalStateException("no job is ready after " + done);
            }
            done += now;
        }
    }

    private void prune(JobQueue queue) {
        int removed = 0;
        while (removed < jobs) {
            int now = queue.prune(Duration.ZERO, PRUNE_BATCH);
            if (now == 0) {
                throw new IllegalStateException("nothing to prune after " + removed);
            }
            removed += now;
        }
    }
}
