package dev.jobqueue.examples.composer.build;

import dev.jobqueue.examples.composer.build.Manifest.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** A directory that becomes the content of an image. Its paths come from manifests: none leads out of it. */
record Tree(Path root) {
    private static final int MOST_MODE = 0777;

    /** The file of an absolute path in the image. */
    Path resolve(String path) throws Unusable {
        if (!path.startsWith("/") || path.startsWith("//") || path.indexOf('\0') >= 0) {
            throw new Unusable("not an absolute path: '" + path + "'");
        }
        for (Path part : Path.of(path)) {
            if (part.toString().equals("..")) {
                throw new Unusable("a path that leads out of the image: '" + path + "'");
            }
        }
        Path file = root.resolve(path.substring(1)).normalize();
        return file;
    }

    void directory(String path, int mode) throws IOException, Unusable {
        Path directory = resolve(path);
        Files.createDirectories(directory);
        mode(directory, mode);
    }

    void file(String path, byte[] content) throws IOException, Unusable {
        Path file = resolve(path);
        Path parent = file.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new Unusable("there is no directory for '" + path + "'");
        }
        if (Files.isDirectory(file)) {
            throw new Unusable("'" + path + "' is a directory");
        }
        Files.write(file, content, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        mode(file, 0644);
    }

    void mode(String path, int mode) throws IOException, Unusable {
        Path file = resolve(path);
        if (!Files.exists(file)) {
            throw new Unusable("there is no '" + path + "'");
        }
        mode(file, mode);
    }

    private static void mode(Path file, int mode) throws IOException, Unusable {
        if (mode < 0 || mode > MOST_MODE) {
            throw new Unusable("mode " + Integer.toOctalString(mode) + " of a file: up to 777 is possible");
        }
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        Files.setPosixFilePermissions(file, permissions);
    }
}
