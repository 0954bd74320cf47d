package dev.jobqueue.examples.composer.jobs;

import java.util.UUID;

/** The rules for names in koji (5.1). */
public final class KojiNames {
    private static final String DIRECTORY_PREFIX = "composer-koji-";

    private KojiNames() {}

    /** {@code name-version-release.arch} and everything from the first dot of the image's name on, not counting a dot at its beginning. */
    public static String filename(KojiInitArgs build, String arch, String imageName) {
        int dot = imageName.indexOf('.', 1);
        String extension = dot < 0 ? "" : imageName.substring(dot);
        return build.name() + "-" + build.version() + "-" + build.release() + "." + arch + extension;
    }

    /** A new directory for uploads that no other compose has. */
    public static String newDirectory() {
        return DIRECTORY_PREFIX + UUID.randomUUID();
    }
}
