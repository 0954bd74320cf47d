package dev.jobqueue.fs.engine;

import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.spi.StoreRules;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the error of a job that was failed by DEP-3 out of the end of the root. The same error as {@link StoreRules#dependencyFailed} gives step by step,
 * without going through the chain, which may have 100,000 jobs.
 */
final class DependencyErrors {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private DependencyErrors() {}

    static JobError error(Cause cause, Event.End root) {
        JobError first = StoreRules.dependencyFailed(
                new JobId(root.id()),
                root.state(),
                root.error().orElse(null),
                root.reason().orElse(null));
        if (cause.length() == 1) {
            return first;
        }
        // All further steps change the dependency, and the length by one.
        ObjectNode details = (ObjectNode) MAPPER.readTree(first.details().toBytes());
        JsonNode length = details.path("length");
        details.put("length", length.asInt(1) + cause.length() - 2);
        JobError below = first.withDetails(RawJson.ofStored(MAPPER.writeValueAsBytes(details)));
        return StoreRules.dependencyFailed(cause.dependency().id(), JobState.FAILED, below, null);
    }
}
