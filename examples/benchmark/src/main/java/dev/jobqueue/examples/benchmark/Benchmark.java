package dev.jobqueue.examples.benchmark;

import dev.jobqueue.examples.benchmark.postgres.PostgresSpeed;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The program: measures the stores. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = {
            "Measures the queue in a directory and on PostgreSQL.",
            "Without a command, in a directory: enqueue and dequeue + finish a second, in alternating rounds beside what the disk can do."
        },
        subcommands = {
            History.class,
            Graphs.class,
            Retained.class,
            RetainedStep.class,
            RuntimeSpeed.class,
            PostgresSpeed.class
        })
public final class Benchmark implements Callable<Integer> {
    @Mixin
    private Throughput throughput = new Throughput();

    @Override
    public Integer call() throws Exception {
        throughput.measure();
        return CommandLine.ExitCode.OK;
    }

    /** Runs the program and ends this JVM with its exit code. */
    public static void main(String... args) {
        System.exit(run(args));
    }

    /** Runs the program in this JVM and gives its exit code. */
    static int run(String... args) {
        return new CommandLine(new Benchmark()).execute(args);
    }
}
