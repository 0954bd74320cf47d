package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Turns a manifest of osbuild's second format into the files of an image. Thread-safe. */
public interface ImageBuilder {
    /**
     * Builds some pipelines of a manifest. What the manifest itself is to blame for is told by the result, not by an exception.
     *
     * @param exports names of the pipelines whose files are wanted
     * @param output an empty directory; each export becomes a directory of its own in it
     * @return the result in osbuild's own shape
     * @throws IOException if this machine cannot build: no space, no such program
     * @throws InterruptedException if the calling thread was interrupted; every process that was started has ended then
     */
    BuildOutput build(RawJson manifest, List<String> exports, Path output) throws IOException, InterruptedException;
}
