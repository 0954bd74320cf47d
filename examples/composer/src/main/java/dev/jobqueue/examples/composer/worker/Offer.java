package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.RawJson;
import java.net.URI;
import java.util.List;

/**
 * A job that the service has given to this worker.
 *
 * @param id for logs only
 * @param type without the architecture
 * @param dynamicArgs results of the dependencies, in their order; JSON null where there is none
 * @param attempt how often the job was started, from 1 on
 * @param location the path where to poll and to report, of any service over the same queue
 * @param artifactLocation the path where files go, by their name behind it
 */
record Offer(
        String id,
        String type,
        RawJson args,
        List<RawJson> dynamicArgs,
        int attempt,
        URI location,
        URI artifactLocation) {
    Offer {
        dynamicArgs = List.copyOf(dynamicArgs);
    }
}
