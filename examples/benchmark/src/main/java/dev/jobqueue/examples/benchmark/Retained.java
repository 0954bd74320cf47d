package dev.jobqueue.examples.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Many retained jobs in a small heap: starts the steps of {@link RetainedStep} in JVMs of their own, one of which it kills under load.
 */
@Command(
        name = "retained",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description =
                "Keeps many finished jobs in a small heap, kills the JVM under load, opens the queue again, and prunes.")
final class Retained implements Callable<Integer> {
    @Mixin
    private Directory directory = new Directory();

    @Option(
            names = "--jobs",
            defaultValue = "1000000",
            description = "Retained jobs, a multiple of 100,000. Default: ${DEFAULT-VALUE}")
    private int jobs;

    @Option(names = "--heap", defaultValue = "512m", description = "Heap of the JVMs. Default: ${DEFAULT-VALUE}")
    private String heap = "";

    @Override
    public Integer call() throws Exception {
        Path queue = Directories.empty(directory.path().resolve("retained"));
        Machine.print(directory.path());
        System.out.printf("JVMs with a heap of %s%n", heap);
        try {
            Process loaded = start("fill", queue);
            echoUntil(loaded, "under load");
            loaded.destroyForcibly().waitFor();
            System.out.println("killed with SIGKILL under load");
            runToEnd(start("open", queue));
            System.out.println("closed before");
            runToEnd(start("open", queue));
            runToEnd(start("prune", queue));
        } finally {
            Directories.delete(queue);
        }
        return 0;
    }

    private Process start(String step, Path queue) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heap);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Benchmark.class.getName()));
        command.addAll(List.of("retained-step", step, queue.toString(), String.valueOf(jobs)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void echoUntil(Process process, String last) throws IOException {
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            System.out.println("  " + line);
            if (line.equals(last)) {
                return;
            }
        }
        throw new IllegalStateException("the step ended early");
    }

    private static void runToEnd(Process process) throws IOException, InterruptedException {
        process.inputReader().lines().forEach(line -> System.out.println("  " + line));
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the step failed");
        }
    }
}
