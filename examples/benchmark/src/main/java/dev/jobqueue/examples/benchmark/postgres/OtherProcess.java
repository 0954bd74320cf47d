package dev.jobqueue.examples.benchmark.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A process that waits for jobs and prints when it has one. */
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private OtherProcess(Process process) {
        this.process = process;
        output = process.inputReader();
    }

    /** Starts one and returns when it waits. */
    static OtherProcess start(String contender, String url) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        WaitingProcess.class.getName(),
                        contender,
                        url))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        OtherProcess other = new OtherProcess(process);
        other.line();
        return other;
    }

    private String line() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IllegalStateException("the other process has ended");
        }
        return line;
    }

    /** When it got the next job: the clock that System.nanoTime reads is one for all processes of a machine, where this runs. */
    long nextNanoTime() throws IOException {
        return Long.parseLong(line());
    }

    /** Ends it. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
