package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The right to act on one attempt at a job, made anew at each dequeue (FIN-1): a UUID of version 7 with 74 random bits. Its time lets a store keep new
 * tokens side by side.
 *
 * <p>Whoever has it may finish the job, so it is a secret: {@link #toString} masks it, and the library never logs it. Use {@link #reveal} to send
 * it to a worker. Immutable and thread-safe.
 */
public record JobToken(UUID value) {
    /** Of random: 12 bits beside the time, 62 in the other half. */
    private static final int BYTES = Short.BYTES + Long.BYTES;

    private static final long RANDOM_BITS_OF_TIME = 0xfffL;
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT_MASK = 0x3fff_ffff_ffff_ffffL;
    private static final long VARIANT_2 = 0x8000_0000_0000_0000L;

    /** Works by the request rather than by the byte, so that many tokens cost little more than one. */
    private static final SecureRandom RANDOM = random();

    public JobToken {
        requireNonNull(value, "value");
    }

    /** A new token from a cryptographically strong source. */
    public static JobToken create() {
        return create(1).get(0);
    }

    /**
     * Many new tokens, in one request to a cryptographically strong source: far cheaper than one by one.
     *
     * @param count how many, 0 or more
     * @return a list that may be changed
     */
    public static List<JobToken> create(int count) {
        byte[] bytes = new byte[Math.multiplyExact(count, BYTES)];
        RANDOM.nextBytes(bytes);
        ByteBuffer random = ByteBuffer.wrap(bytes);
        long time = System.currentTimeMillis() << Short.SIZE | VERSION_7;
        List<JobToken> tokens = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long high = time | (random.getShort() & RANDOM_BITS_OF_TIME);
            long low = (random.getLong() & VARIANT_MASK) | VARIANT_2;
            tokens.add(new JobToken(new UUID(high, low)));
        }
        return tokens;
    }

    private static SecureRandom random() {
        try {
            return SecureRandom.getInstance("DRBG");
        } catch (NoSuchAlgorithmException e) {
            return new SecureRandom();
        }
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
