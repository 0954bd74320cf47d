package dev.jobqueue.examples.composer.koji;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an import tells of a build: koji's metadata of version 0. */
public final class ImportMetadata {
    private ImportMetadata() {}

    /**
     * A file of the build.
     *
     * @param hostOs the system that it was built on
     */
    public record Image(String fileName, long bytes, String md5, String arch, String hostOs) {}

    /**
     * The metadata.
     *
     * @param taskId of the task in koji that the build belongs to, 0 for none
     * @param start when the build began, in seconds since 1970
     * @param end when it ended
     */
    public static Map<String, Object> of(
            long buildId,
            long taskId,
            BuildName name,
            long start,
            long end,
            String generatorVersion,
            List<Image> images) {
        List<Map<String, Object>> roots = new ArrayList<>();
        List<Map<String, Object>> output = new ArrayList<>();
        for (Image image : images) {
            int root = roots.size() + 1;
            roots.add(Map.of(
                    "id", root,
                    "host", Map.of("os", image.hostOs(), "arch", image.arch()),
                    "content_generator", Map.of("name", XmlRpcHub.GENERATOR, "version", generatorVersion),
                    "container", Map.of("type", "none", "arch", image.arch()),
                    "tools", List.of(),
                    "components", List.of()));
            output.add(Map.of(
                    "buildroot_id", root,
                    "filename", image.fileName(),
                    "filesize", image.bytes(),
                    "arch", image.arch(),
                    "checksum_type", "md5",
                    "checksum", image.md5(),
                    "type", "image",
                    "components", List.of(),
                    "extra", Map.of("image", Map.of("arch", image.arch()))));
        }
        Map<String, Object> build = new LinkedHashMap<>();
        build.put("build_id", buildId);
        if (taskId != 0) {
            build.put("task_id", taskId);
        }
        build.put("name", name.name());
        build.put("version", name.version());
        build.put("release", name.release());
        build.put("source", "");
        build.put("start_time", start);
        build.put("end_time", end);
        build.put("extra", Map.of());
        return Map.of("metadata_version", 0, "build", build, "buildroots", roots, "output", output);
    }
}
