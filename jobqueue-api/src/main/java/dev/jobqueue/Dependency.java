package dev.jobqueue;

import static java.util.Objects.requireNonNull;

/**
 * An edge to a job that must be finished first.
 *
 * @param id the job that must be finished
 * @param required whether it must have succeeded: if it fails or is canceled, so does the dependent (DEP-3)
 */
public record Dependency(JobId id, boolean required) {
    public Dependency {
        requireNonNull(id, "id");
    }
}
