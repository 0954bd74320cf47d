package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * A job and all that it depends on, directly and indirectly, as one snapshot (DEP-7).
 *
 * <p>Immutable and thread-safe.
 *
 * @param root the job asked for
 * @param jobs the root and everything below it
 * @param outcome the state of the whole
 * @param causes the lowest failed jobs: those without a failed job below them; each once, in enqueue order
 */
public record JobGraph(JobId root, Map<JobId, Node> jobs, Outcome outcome, List<JobId> causes) {
    public JobGraph {
        requireNonNull(root, "root");
        jobs = Map.copyOf(jobs);
        requireNonNull(outcome, "outcome");
        causes = List.copyOf(causes);
    }

    /** One job of a graph. */
    public record Node(JobId id, TypeName type, JobState state, List<Dependency> dependencies) {
        public Node {
            requireNonNull(id, "id");
            requireNonNull(type, "type");
            requireNonNull(state, "state");
            dependencies = List.copyOf(dependencies);
        }
    }

    /** The state of a whole graph. */
    public enum Outcome {
        /** The root is unfinished. */
        PENDING,
        /** The root is finished, and it or a job below it failed. */
        FAILED,
        /** The root is finished, nothing failed, and something was canceled. */
        CANCELED,
        /** Everything that is finished succeeded. */
        SUCCEEDED
    }
}
