package dev.jobqueue.examples.embedded;

import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the names of all files below a folder. Links to files count as files; links to directories are not followed. */
final class Listing extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Set<String> skippedNames;
    private final Set<Path> skippedPaths;
    private final List<String> names = new ArrayList<>();

    private Listing(ListArgs args) {
        folder = Jobs.path(args.folder());
        skippedNames = args.skippedNames();
        skippedPaths = args.skippedPaths().stream().map(Jobs::path).collect(Collectors.toSet());
    }

    /** The names below the folder, sorted, so that equal folders give equal sums. */
    static List<String> of(ListArgs args) throws IOException {
        Listing listing = new Listing(args);
        Files.walkFileTree(listing.folder, listing);
        listing.names.sort(null);
        return listing.names;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        boolean skipped = !directory.equals(folder)
                && (skippedNames.contains(directory.getFileName().toString()) || skippedPaths.contains(directory));
        return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        boolean wanted = attributes.isRegularFile() || (attributes.isSymbolicLink() && !Files.isDirectory(file));
        if (wanted && !skippedPaths.contains(file)) {
            names.add(FileName.of(folder, file));
        }
        return FileVisitResult.CONTINUE;
    }

    /** What cannot be listed gets a job too, which fails and so shows up in the summary. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (file.equals(folder)) {
            throw e;
        }
        names.add(FileName.of(folder, file));
        return FileVisitResult.CONTINUE;
    }
}
