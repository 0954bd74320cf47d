package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.build.Manifest.Pipeline;
import dev.jobqueue.examples.composer.build.Manifest.Stage;
import dev.jobqueue.examples.composer.build.Manifest.Unusable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Builds small images without osbuild and without root: trees of files that stand in the manifest, as a tar archive or an ext4 file system
 * ({@code mke2fs -d}).
 *
 * <p>It knows the stages {@code org.osbuild.mkdir}, {@code copy} (from inline files; from a tree into a file system), {@code chmod}, {@code tar},
 * {@code truncate} and {@code mkfs.ext4}, with the options that osbuild gives them. Everything else needs osbuild and fails the build by name.
 */
public final class SmallBuilder implements ImageBuilder {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long MOST_BYTES = 4L << 30;
    private static final String PREFIX = "org.osbuild.";

    private final Optional<Path> mke2fs;

    /** With the mke2fs of this machine, if it has one. */
    public SmallBuilder() {
        this(Programs.find("mke2fs"));
    }

    SmallBuilder(Optional<Path> mke2fs) {
        this.mke2fs = mke2fs;
    }

    /** One build. */
    private static final class Build {
        final Manifest manifest;
        final Path scratch;
        final Optional<Path> mke2fs;
        final Map<String, Path> done = new LinkedHashMap<>();
        final Map<String, List<Map<String, Object>>> log = new LinkedHashMap<>();

        Build(Manifest manifest, Path scratch, Optional<Path> mke2fs) {
            this.manifest = manifest;
            this.scratch = scratch;
            this.mke2fs = mke2fs;
        }
    }

    @Override
    public BuildOutput build(RawJson manifest, List<String> exports, Path output)
            throws IOException, InterruptedException {
        Map<String, List<Map<String, Object>>> log = new LinkedHashMap<>();
        try (Scratch scratch = Scratch.beside(output)) {
            Build build = new Build(Manifest.read(manifest), scratch.directory(), mke2fs);
            try {
                for (String export : exports) {
                    Path directory = pipeline(build, export);
                    Files.move(directory, output.resolve(directory.getFileName()));
                    build.done.remove(export);
                }
            } finally {
                log.putAll(build.log);
            }
            return result(log, null);
        } catch (Unusable e) {
            return result(log, e.getMessage());
        }
    }

    private static BuildOutput result(Map<String, List<Map<String, Object>>> log, @Nullable String error) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("type", error == null ? "result" : "error");
        result.put("success", error == null);
        if (error != null) {
            result.put("error", Map.of("type", "org.osbuild.error.stage", "details", error));
        }
        result.put("log", log);
        return new BuildOutput(error == null, RawJson.of(JSON.writeValueAsString(result)));
    }

    /** The directory of a pipeline, built if it is not yet there. */
    private static Path pipeline(Build build, String name) throws IOException, InterruptedException, Unusable {
        Path there = build.done.get(name);
        if (there != null) {
            return there;
        }
        Pipeline pipeline = build.manifest.pipeline(name);
        if (!name.matches("[A-Za-z0-9._-]{1,64}") || name.startsWith(".")) {
            throw new Unusable("not a name of a pipeline: '" + name + "'");
        }
        Path root = Files.createDirectory(build.scratch.resolve(name));
        build.done.put(name, root);
        List<Map<String, Object>> log = build.log.computeIfAbsent(name, n -> new ArrayList<>());
        for (Stage stage : pipeline.stages()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            log.add(entry);
            entry.put("type", stage.type());
            try {
                entry.put("output", stage(build, new Tree(root), pipeline, stage));
                entry.put("success", true);
            } catch (Unusable e) {
                entry.put("output", e.getMessage());
                entry.put("success", false);
                throw new Unusable("pipeline '" + name + "', stage " + stage.type() + ": " + e.getMessage());
            }
        }
        return root;
    }

    /** Runs a stage; gives what it has to say. */
    private static String stage(Build build, Tree tree, Pipeline pipeline, Stage stage)
            throws IOException, InterruptedException, Unusable {
        String kind = stage.type().startsWith(PREFIX) ? stage.type().substring(PREFIX.length()) : "";
        return switch (kind) {
            case "mkdir" -> mkdir(tree, stage);
            case "copy" ->
                stage.devices().isMissingNode() || stage.devices().isEmpty()
                        ? copy(build, tree, stage)
                        : fill(build, tree, pipeline, stage);
            case "chmod" -> chmod(tree, stage);
            case "tar" -> tar(build, tree, pipeline, stage);
            case "truncate" -> truncate(tree, stage);
            case "mkfs.ext4" -> "with the files of the tree";
            default -> throw new Unusable("this stage needs osbuild");
        };
    }

    private static String mkdir(Tree tree, Stage stage) throws IOException, Unusable {
        int count = 0;
        for (JsonNode item : stage.options().path("paths")) {
            tree.directory(text(item, "path"), item.path("mode").asInt(0755));
            count++;
        }
        return count + " directories";
    }

    private static String chmod(Tree tree, Stage stage) throws IOException, Unusable {
        int count = 0;
        for (Map.Entry<String, JsonNode> item : stage.options().path("items").properties()) {
            String mode = text(item.getValue(), "mode");
            try {
                tree.mode(item.getKey(), Integer.parseInt(mode, 8));
            } catch (NumberFormatException e) {
                throw new Unusable("mode '" + mode + "' is no octal number");
            }
            count++;
        }
        return count + " modes";
    }

    /** Files of the manifest into the tree. */
    private static String copy(Build build, Tree tree, Stage stage) throws IOException, Unusable {
        int count = 0;
        for (JsonNode item : stage.options().path("paths")) {
            String from = text(item, "from");
            String to = text(item, "to");
            String name = from.substring(from.lastIndexOf('/') + 1);
            byte[] content = build.manifest.files().get(name);
            if (!from.startsWith("input://") || content == null) {
                throw new Unusable("no file of the manifest: '" + from + "'");
            }
            if (!to.startsWith("tree:///")) {
                throw new Unusable("not in the tree: '" + to + "'");
            }
            tree.file(to.substring("tree://".length()), content);
            count++;
        }
        return count + " files";
    }

    private static String tar(Build build, Tree tree, Pipeline pipeline, Stage stage)
            throws IOException, InterruptedException, Unusable {
        Path from = input(build, pipeline, stage);
        Path to = tree.resolve("/" + text(stage.options(), "filename"));
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(to), "UTF-8");
                Stream<Path> files = Files.walk(from)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Path file : files.sorted().toList()) {
                String name = from.relativize(file).toString();
                if (!name.isEmpty()) {
                    TarArchiveEntry entry =
                            new TarArchiveEntry(file, "./" + name + (Files.isDirectory(file) ? "/" : ""));
                    entry.setIds(0, 0);
                    entry.setNames("root", "root");
                    entry.setModTime(0);
                    entry.setMode(mode(file));
                    tar.putArchiveEntry(entry);
                    if (Files.isRegularFile(file)) {
                        Files.copy(file, tar);
                    }
                    tar.closeArchiveEntry();
                }
            }
        }
        return Files.size(to) + " bytes";
    }

    private static int mode(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode");
    }

    private static String truncate(Tree tree, Stage stage) throws IOException, Unusable {
        Path file = tree.resolve("/" + text(stage.options(), "filename"));
        long size = size(stage.options().path("size").asString("0"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
        return size + " bytes";
    }

    private static long size(String text) throws Unusable {
        try {
            long size = Long.parseLong(text);
            if (size > 0 && size <= MOST_BYTES) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw new Unusable("size '" + text + "' is no number of bytes");
        }
        throw new Unusable("a file of " + text + " bytes: from 1 to " + MOST_BYTES + " are possible");
    }

    /** Makes the file system with the files of the tree in one step: only that works without root. */
    private static String fill(Build build, Tree tree, Pipeline pipeline, Stage stage)
            throws IOException, InterruptedException, Unusable {
        Stage mkfs = pipeline.stages().stream()
                .filter(s -> s.type().equals(PREFIX + "mkfs.ext4"))
                .findFirst()
                .orElseThrow(
                        () -> new Unusable("files into a file system need a stage " + PREFIX + "mkfs.ext4 before"));
        Path from = input(build, pipeline, stage);
        String image = text(mkfs.devices().path("device").path("options"), "filename");
        Path file = tree.resolve("/" + image);
        if (!Files.isRegularFile(file)) {
            throw new Unusable("there is no file '" + image + "': a stage " + PREFIX + "truncate makes it");
        }
        String program = build.mke2fs
                .orElseThrow(() -> new Unusable("mke2fs of e2fsprogs is not installed"))
                .toString();
        List<String> command = new ArrayList<>(List.of(program, "-q", "-F", "-t", "ext4", "-E", "root_owner=0:0"));
        command.addAll(List.of("-U", uuid(text(mkfs.options(), "uuid")), "-d", from.toString()));
        String label = mkfs.options().path("label").asString("");
        if (!label.isEmpty()) {
            command.addAll(List.of("-L", label(label)));
        }
        command.add(file.toString());
        Path nothing = Files.createTempFile(build.scratch, "input", ".tmp");
        Subprocess.Ended ended = Subprocess.run(command, nothing, build.scratch);
        if (ended.exitCode() != 0) {
            throw new Unusable("mke2fs ended with exit code " + ended.exitCode() + ": " + ended.said());
        }
        return ended.said();
    }

    private static String uuid(String text) throws Unusable {
        try {
            return UUID.fromString(text).toString();
        } catch (IllegalArgumentException e) {
            throw new Unusable("not a UUID: '" + text + "'");
        }
    }

    private static String label(String text) throws Unusable {
        if (!text.matches("[A-Za-z0-9._-]{1,16}")) {
            throw new Unusable("not a label: '" + text + "'");
        }
        return text;
    }

    /** The tree of the pipeline that a stage names as its input. It stands before its own in the manifest, so there are no circles. */
    private static Path input(Build build, Pipeline pipeline, Stage stage)
            throws IOException, InterruptedException, Unusable {
        List<String> names = List.copyOf(build.manifest.pipelines().keySet());
        for (Map.Entry<String, JsonNode> input : stage.inputs().properties()) {
            for (JsonNode reference : input.getValue().path("references")) {
                String name = reference.asString("");
                if (name.startsWith("name:")) {
                    String tree = name.substring("name:".length());
                    if (names.indexOf(tree) >= names.indexOf(pipeline.name())) {
                        throw new Unusable("the pipeline '" + tree + "' does not stand before this one");
                    }
                    return pipeline(build, tree);
                }
            }
        }
        throw new Unusable("it names no pipeline as its input");
    }

    private static String text(JsonNode node, String field) throws Unusable {
        JsonNode value = node.path(field);
        if (!value.isString()) {
            throw new Unusable("option '" + field + "' must be a text");
        }
        return value.asString();
    }
}
