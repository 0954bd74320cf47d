package dev.jobqueue.examples.benchmark;

import dev.jobqueue.JobQueue;
import dev.jobqueue.fs.FileJobQueue;
import java.io.IOException;
import java.nio.file.Path;

/** A store to measure. Another backend is another implementation. */
public interface Store {
    /** Its name in the results. */
    String name();

    /** The milliseconds below which 99 of 100 jobs shall have started. */
    double startGoalMillis();

    /** An empty queue; the one before is closed. */
    JobQueue openEmpty() throws Exception;

    /** Removes what is left. */
    void clear() throws Exception;

    /** The store in a directory below this one. */
    static Store files(Path directory) {
        Path path = directory.resolve("runtime");
        return new Store() {
            @Override
            public String name() {
                return "files";
            }

            @Override
            public double startGoalMillis() {
                return 5;
            }

            @Override
            public JobQueue openEmpty() throws IOException {
                return FileJobQueue.open(Directories.empty(path));
            }

            @Override
            public void clear() throws IOException {
                Directories.delete(path);
            }
        };
    }
}
