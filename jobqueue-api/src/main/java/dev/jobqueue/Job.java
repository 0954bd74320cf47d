package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A job as it was given at enqueue; the same in every state (QRY-5).
 *
 * <p>Immutable and thread-safe if {@code A} is.
 *
 * @param dependencies in the order given, duplicates kept (ENQ-7)
 */
public record Job<A>(JobId id, TypeName type, A args, List<Dependency> dependencies, JobOptions options) {
    public Job {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(args, "args");
        dependencies = List.copyOf(dependencies);
        requireNonNull(options, "options");
    }
}
