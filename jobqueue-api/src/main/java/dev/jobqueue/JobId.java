package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import com.github.f4b6a3.uuid.UuidCreator;
import java.util.UUID;

/**
 * The identity of a job: a UUID of version 7, so that ids made later sort later. Made by the caller before the job is enqueued.
 *
 * <p>Immutable and thread-safe. Any UUID is accepted, so that ids of other systems can be kept.
 */
public record JobId(UUID value) implements Comparable<JobId> {
    public JobId {
        requireNonNull(value, "value");
    }

    /** A new id, never given before. */
    public static JobId create() {
        return new JobId(UuidCreator.getTimeOrderedEpochFast());
    }

    /**
     * Reads an id from its usual text form of 36 characters.
     *
     * @throws IllegalArgumentException if the text is not a UUID; the message has the text
     */
    public static JobId parse(String text) {
        return new JobId(Uuids.parse(text, "job id"));
    }

    /** Orders by the unsigned value of the bits, which is the order of creation for version 7. */
    @Override
    public int compareTo(JobId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    /** The usual text form of the UUID. */
    @Override
    public String toString() {
        return value.toString();
    }
}
