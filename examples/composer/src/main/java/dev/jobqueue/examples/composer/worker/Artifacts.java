package dev.jobqueue.examples.composer.worker;

import java.io.IOException;
import java.nio.file.Path;

/** Takes files of a job. */
interface Artifacts {
    void send(String name, Path file) throws IOException, InterruptedException;
}
