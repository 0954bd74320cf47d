package dev.jobqueue.examples.composer.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs programs, whose output goes through files: nobody has to read it while they run. */
final class Subprocess {
    /** So much of what a program says is kept for an error. */
    private static final int MOST_SAID = 8 << 10;

    private Subprocess() {}

    /**
     * What a program that has ended leaves.
     *
     * @param said the end of its standard error
     */
    record Ended(int exitCode, Path output, String said) {}

    /**
     * Runs a program to its end. An interrupt kills it with everything that it has started.
     *
     * @param input what it reads
     * @param files a directory for what it writes
     */
    static Ended run(List<String> command, Path input, Path files) throws IOException, InterruptedException {
        Path output = Files.createTempFile(files, "output", ".tmp");
        Path errors = Files.createTempFile(files, "errors", ".tmp");
        Process process = new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            return new Ended(process.waitFor(), output, end(errors));
        } finally {
            kill(process);
        }
    }

    /** Returns when the process is gone; its children were told to go. */
    private static void kill(Process process) throws InterruptedException {
        if (!process.isAlive()) {
            return;
        }
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle child : children) {
            child.onExit().join();
        }
        process.onExit().join();
    }

    private static String end(Path file) throws IOException {
        long size = Files.size(file);
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(Math.max(0, size - MOST_SAID));
            return new String(in.readNBytes(MOST_SAID), StandardCharsets.UTF_8).strip();
        }
    }
}
