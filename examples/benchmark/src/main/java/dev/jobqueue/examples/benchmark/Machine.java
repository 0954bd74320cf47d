package dev.jobqueue.examples.benchmark;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures depend on besides the code. */
public final class Machine {
    private Machine() {}

    /** Prints Java, processors, heap, file system and load. */
    public static void print(Path directory) throws IOException {
        System.out.printf(
                "Java %s, %d processors, heap %,d MiB, file system %s, load average %s%n",
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20,
                Files.getFileStore(directory).type(),
                load());
    }

    /** The load average of the last minute: other work on the machine spoils the figures. */
    public static String load() {
        return "%.2f".formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }
}
