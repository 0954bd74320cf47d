package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * The right to act on one attempt at a job: a random UUID of version 4, made anew at each dequeue (FIN-1).
 *
 * <p>Whoever has it may finish the job, so it is a secret: {@link #toString} masks it, and the library never logs it. Use {@link #reveal} to send
 * it to a worker. Immutable and thread-safe.
 */
public record JobToken(UUID value) {
    public JobToken {
        requireNonNull(value, "value");
    }

    /** A new token from a cryptographically strong source. */
    public static JobToken create() {
        return new JobToken(UUID.randomUUID());
    }

    /**
     * Reads a token from what {@link #reveal} gave.
     *
     * @throws IllegalArgumentException if the text is not a UUID
     */
    public static JobToken parse(String text) {
        return new JobToken(Uuids.parse(text, "job token"));
    }

    /** The whole token as text: for the worker that runs the job, not for logs. */
    public String reveal() {
        return value.toString();
    }

    /** A masked form that is safe to log; it does not identify the token. */
    @Override
    public String toString() {
        return "JobToken[****]";
    }
}
