package dev.jobqueue.testkit.history;

import dev.jobqueue.testkit.contract.ChildStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Two other JVMs with a load each on the same data. */
final class Processes implements AutoCloseable {
    private final Path folder;
    private final List<Child> children = new ArrayList<>();

    Processes(ChildStore store, Duration bound, long seed, int size) throws IOException {
        folder = Files.createTempDirectory("jobqueue-history");
        for (int i = 1; i <= 2; i++) {
            children.add(new Child(store, bound, seed + i, size, "child-" + i, folder));
        }
    }

    /** Lets their loads begin, all at the same time. */
    void start() throws IOException {
        for (Child child : children) {
            child.compareClocks();
        }
        for (Child child : children) {
            child.go();
        }
    }

    /** Kills the first one in the middle of its load. */
    void killOne() throws IOException {
        children.get(0).awaitHalf();
        children.get(0).kill();
    }

    /** Waits until the others have enqueued all. */
    void awaitProduced() throws IOException {
        children.get(1).awaitProduced();
    }

    /** Ends the others, and gives the history of all. */
    List<Operation> stop() throws IOException, InterruptedException {
        children.get(1).stop();
        List<Operation> all = new ArrayList<>();
        for (Child child : children) {
            all.addAll(child.operations());
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        for (Child child : children) {
            child.kill();
            child.clean();
        }
        Files.delete(folder);
    }
}
