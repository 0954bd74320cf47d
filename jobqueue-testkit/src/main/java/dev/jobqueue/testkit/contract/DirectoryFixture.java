package dev.jobqueue.testkit.contract;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Stores in a directory that goes with the fixture. */
record DirectoryFixture(Path directory, Set<Capability> capabilities, Opener opener, int scale)
        implements StoreFixture {
    DirectoryFixture {
        capabilities = Set.copyOf(capabilities);
    }

    @Override
    public JobStore open(StoreClock clock) throws Exception {
        return opener.open(directory, clock);
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
