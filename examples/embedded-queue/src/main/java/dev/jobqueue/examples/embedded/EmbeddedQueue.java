package dev.jobqueue.examples.embedded;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.embedded.Jobs.FailedFile;
import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import dev.jobqueue.examples.embedded.Jobs.Sums;
import dev.jobqueue.worker.JobWorker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The program: hashes the files of a folder with a durable queue, and goes on where it was after a kill. */
@Command(
        name = "embedded-queue",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = {
            "Computes the SHA-256 of every file of a folder and writes a file that sha256sum -c accepts.",
            "Kill it at any moment and run the same command again: it goes on where it was.",
            "Exit code: 0 if every file has a hash, 1 if some have not, 2 if the program could not do its work."
        })
public final class EmbeddedQueue implements Callable<Integer> {
    private static final Duration REFRESH = Duration.ofMillis(100);
    private static final int PRUNE_BATCH = 10_000;

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "The folder; by default the current directory.")
    private Path folder = Path.of("");

    @Option(
            names = "--queue",
            paramLabel = "DIR",
            defaultValue = "target/embedded-queue/queue",
            description = "Directory of the queue. Default: ${DEFAULT-VALUE}")
    private Path queueDirectory = Path.of("");

    @Option(
            names = "--postgres",
            paramLabel = "JDBC-URL",
            description = "Keep the queue on a PostgreSQL server, in schema jobqueue, in place of a directory.")
    private @Nullable String postgres;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            defaultValue = "target/embedded-queue/SHA256SUMS",
            description = "The file to write. Default: ${DEFAULT-VALUE}")
    private Path output = Path.of("");

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Number of worker threads. Default: one for each processor")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--skip",
            split = ",",
            paramLabel = "NAME",
            defaultValue = ".git,target",
            description = "Names of directories to leave out. Default: ${DEFAULT-VALUE}")
    private Set<String> skip = Set.of();

    @Option(
            names = "--retain",
            paramLabel = "DURATION",
            defaultValue = "PT0S",
            description = "When a new run starts, jobs that finished longer ago are removed. Default: ${DEFAULT-VALUE}")
    private Duration retain = Duration.ZERO;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Append the name of each file that is read, as in a URI, to this file.")
    private @Nullable Path trace;

    /** Runs the program and ends this JVM with its exit code. */
    public static void main(String... args) {
        System.exit(run(args));
    }

    /** Runs the program in this JVM and gives its exit code. */
    static int run(String... args) {
        CommandLine commandLine = new CommandLine(new EmbeddedQueue());
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("embedded-queue: " + failure);
            return CommandLine.ExitCode.USAGE;
        });
        return commandLine.execute(args);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path sumsFile = realPath(output);
        long start = System.nanoTime();
        try (OutputStream traced = openTrace();
                Storage storage = postgres == null ? Storage.directory(queueDirectory) : Storage.postgres(postgres)) {
            JobQueue queue = storage.queue();
            Progress progress = new Progress(traced);
            Run run = new Run(queue, listArgs(sumsFile));
            Optional<JobId> unfinished = run.unfinishedSums();
            if (unfinished.isEmpty()) {
                prune(queue);
            }
            try (JobWorker worker = worker(queue, run.channel(), progress)) {
                worker.start();
                JobId job = unfinished.isPresent() ? unfinished.get() : listed(run);
                Sums sums = awaitSums(run, job, progress);
                double seconds = (System.nanoTime() - start) / 1e9;
                print(sums, Math.min(progress.acknowledgedJobs(), sums.files()), seconds, sumsFile);
                return sums.failures() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
            }
        }
    }

    private JobWorker worker(JobQueue queue, String channel, Progress progress) {
        Handlers handlers = new Handlers(queue, progress);
        return JobWorker.builder(queue)
                .handler(Jobs.LIST, handlers::list)
                .handler(Jobs.HASH, handlers::hash)
                .handler(Jobs.SUMS, handlers::sums)
                .channels(channel)
                .concurrency(workers)
                .listener(progress)
                .build();
    }

    private ListArgs listArgs(Path sumsFile) throws IOException {
        Path queuePath = Files.exists(queueDirectory) ? queueDirectory.toRealPath() : queueDirectory.toAbsolutePath();
        return new ListArgs(
                folder.toRealPath().toUri().toString(),
                sumsFile.toUri().toString(),
                skip,
                Set.of(
                        queuePath.toUri().toString(),
                        sumsFile.toUri().toString(),
                        SumsFile.unfinished(sumsFile).toUri().toString()));
    }

    /** The real path of a file that need not exist; its directory is made. */
    private static Path realPath(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path directory = Files.createDirectories(absolute.getParent());
        return directory.toRealPath().resolve(absolute.getFileName());
    }

    private OutputStream openTrace() throws IOException {
        return trace == null
                ? OutputStream.nullOutputStream()
                : Files.newOutputStream(trace, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Removes the jobs of earlier runs, so that the directory does not grow from run to run. */
    private void prune(JobQueue queue) {
        int removed = PRUNE_BATCH;
        while (removed == PRUNE_BATCH) {
            removed = queue.prune(retain, PRUNE_BATCH);
        }
    }

    private static JobId listed(Run run) throws InterruptedException, IOException {
        JobId list = run.list();
        Optional<JobId> sums = Optional.empty();
        while (sums.isEmpty()) {
            sums = run.sumsAfter(list, REFRESH);
        }
        return sums.get();
    }

    private static Sums awaitSums(Run run, JobId job, Progress progress) throws InterruptedException, IOException {
        int files = run.files(job);
        int before = Math.max(0, files - run.filesLeft() - progress.acknowledgedJobs());
        try (ProgressBar bar = bar(files)) {
            Optional<Sums> end = Optional.empty();
            while (end.isEmpty()) {
                progress.check();
                end = run.end(job, REFRESH);
                bar.stepTo(Math.min(files, before + progress.acknowledgedJobs()));
            }
            bar.stepTo(files);
            return end.get();
        }
    }

    private static ProgressBar bar(int files) {
        return new ProgressBarBuilder()
                .setTaskName("hashing")
                .setUnit(" files", 1)
                .setInitialMax(files)
                .setStyle(ProgressBarStyle.ASCII)
                .build();
    }

    private void print(Sums sums, int now, double seconds, Path sumsFile) throws IOException {
        System.out.printf(
                "%,d files, %,d bytes, %.1f s: %,d hashed now, %,d before, %,d errors%n",
                sums.files(), sums.bytes(), seconds, now, sums.files() - now, sums.failures());
        for (FailedFile failed : sums.firstFailures()) {
            System.out.printf(
                    "  %s: %s (code %d, %s)%n",
                    FileName.shown(failed.name()), failed.reason(), failed.code(), FileError.nameOf(failed.code()));
        }
        if (sums.failures() > sums.firstFailures().size()) {
            System.out.printf(
                    "  and %,d more%n", sums.failures() - sums.firstFailures().size());
        }
        System.out.printf("Wrote %s%n", sumsFile);
        System.out.printf("Check it: (cd '%s' && sha256sum -c --quiet '%s')%n", folder.toRealPath(), sumsFile);
    }
}
