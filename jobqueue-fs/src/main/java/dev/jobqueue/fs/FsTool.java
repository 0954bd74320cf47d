package dev.jobqueue.fs;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.engine.Inspection;
import dev.jobqueue.spi.StoredJob;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Looks after the directory of a queue from the command line: verify, repair into a new directory, show a job. Never changes the directory it looks at. Needs
 * picocli, which is an optional dependency.
 *
 * <p>Exit codes: 0 all is well, 1 damage was found or the job is unknown, 2 wrong arguments or an I/O error.
 */
@Command(
        name = "FsTool",
        mixinStandardHelpOptions = true,
        description = "Verifies, repairs and shows the directory of a job queue. Never changes it.")
public final class FsTool {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For picocli and {@link #main}. */
    public FsTool() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        Charset charset = Charset.defaultCharset();
        System.exit(run(new PrintWriter(System.out, true, charset), new PrintWriter(System.err, true, charset), args));
    }

    /** Runs a command; the exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new FsTool())
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, commandLine, result) -> {
                    err.println(e.getMessage() == null ? e.toString() : e.getMessage());
                    err.flush();
                    return e instanceof JobQueueException.Corrupt ? 1 : 2;
                })
                .execute(args);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(description = "Reads every byte in force and lists all damage with file and position.")
    int verify(@Parameters(paramLabel = "DIRECTORY") Path directory) throws IOException {
        boolean whole = Inspection.verify(directory, out()::println);
        out().println(whole ? "no damage" : "damaged");
        out().flush();
        return whole ? 0 : 1;
    }

    @Command(description = "Copies all that is readable into a new directory and lists what had to be skipped.")
    int repair(
            @Parameters(paramLabel = "DIRECTORY") Path directory,
            @Parameters(paramLabel = "NEW-DIRECTORY") Path newDirectory)
            throws IOException {
        int skipped = Inspection.repair(directory, newDirectory, out()::println);
        out().println(skipped + " skipped");
        out().flush();
        return skipped == 0 ? 0 : 1;
    }

    @Command(description = "Prints a job with everything that is known of it.")
    int show(@Parameters(paramLabel = "DIRECTORY") Path directory, @Parameters(paramLabel = "JOB-ID") String id)
            throws IOException {
        Optional<StoredJob> found = Inspection.show(directory, JobId.parse(id));
        found.ifPresentOrElse(this::print, () -> out().println("no job " + id));
        out().flush();
        return found.isPresent() ? 0 : 1;
    }

    private void print(StoredJob stored) {
        JobStatus<RawJson> status = stored.status();
        line("job", status.id());
        line("type", status.type());
        line("channel", status.channel());
        line("state", status.state());
        line("enqueued", status.times().enqueued());
        status.times().unblocked().ifPresent(t -> line("unblocked", t));
        status.times().due().ifPresent(t -> line("due", t));
        status.times().ready().ifPresent(t -> line("ready", t));
        status.times().finished().ifPresent(t -> line("finished", t));
        line("failures", status.failures());
        line("recoveries", status.recoveries());
        for (Attempt a : status.attempts()) {
            line(
                    "attempt " + a.number(),
                    a.worker() + ", " + a.started() + " to "
                            + a.ended().map(String::valueOf).orElse("now")
                            + a.end().map(e -> ", " + e).orElse("")
                            + a.error().map(e -> ", " + text(e)).orElse(""));
        }
        status.progress().ifPresent(p -> line("progress", p));
        status.error().ifPresent(e -> line("error", text(e)));
        status.cancelReason().ifPresent(r -> line("canceled", r));
        for (DependencyOutcome<RawJson> d : status.dependencies()) {
            line("dependency", d.id() + " " + (d.required() ? "required " : "") + d.type() + " " + d.state());
        }
        stored.definition().ifPresent(this::print);
        status.result().ifPresent(r -> line("result", r));
    }

    private void print(Job<RawJson> job) {
        for (Dependency d : job.dependencies()) {
            line("given as", (d.required() ? "requires " : "depends on ") + d.id());
        }
        line("options", job.options());
        line("args", job.args());
    }

    private static String text(JobError e) {
        return e.code() + " " + e.errorClass() + (e.permanent() ? " permanent: " : ": ") + e.reason() + " "
                + e.details();
    }

    private void line(String name, Object value) {
        out().printf("%-12s %s%n", name, value);
    }
}
