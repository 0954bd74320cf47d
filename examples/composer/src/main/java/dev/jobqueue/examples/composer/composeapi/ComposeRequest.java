package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The body of POST /compose; its shape has been checked against the OpenAPI file. */
record ComposeRequest(List<ImageRequest> imageRequests, Optional<Koji> koji) {
    ComposeRequest {
        imageRequests = List.copyOf(imageRequests);
    }

    /** One image. */
    record ImageRequest(
            String architecture,
            String imageType,
            RawJson manifest,
            Optional<String> imageName,
            @Nullable List<String> exports) {
        /** The name of the image's file. */
        String filename() {
            return imageName.orElse("image." + imageType);
        }

        /** The pipelines whose trees are wanted. */
        List<String> exportList() {
            return exports == null ? List.of() : List.copyOf(exports);
        }
    }

    /** The build in koji that the images are for. */
    record Koji(String server, String name, String version, String release, long taskId) {}
}
