package dev.jobqueue.worker;

import dev.jobqueue.TypeName;
import java.util.concurrent.TimeUnit;

/**
 * How many jobs of one type a worker has, and how many it may take in advance. Guarded by the lock of {@link WorkerCore}.
 *
 * <p>In advance means prefetch: none until the jobs of the type have proved to be short, then twice as many each time a claim was answered in full, up to a
 * batch and to what the worker does in a fifth of a second. The first long job takes it back to none.
 */
final class TypeLoad {
    /** A job that runs for at least this long is long. */
    static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int PROOF = 5;
    private static final double WEIGHT_OF_LAST = 0.1;

    final Registration<?, ?> registration;
    private final boolean known;
    int running;
    int waiting;
    private int inAdvance;
    private int shortOnes;
    private double averageNanos;

    TypeLoad(Registration<?, ?> registration) {
        this(registration, true);
    }

    private TypeLoad(Registration<?, ?> registration, boolean known) {
        this.registration = registration;
        this.known = known;
    }

    /** A type that nobody asked for. */
    static TypeLoad unknown(TypeName type) {
        return new TypeLoad(Registration.none(type), false);
    }

    /** Whether there is a handler. */
    boolean known() {
        return known;
    }

    TypeName name() {
        return registration.type().name();
    }

    /** How many more jobs of this type may be taken. */
    int room() {
        return registration.limit() == Registration.NO_LIMIT
                ? Integer.MAX_VALUE
                : registration.limit() + inAdvance - running - waiting;
    }

    boolean mayRun() {
        return running < registration.limit();
    }

    /** How many jobs may be taken beyond those that can start at once. */
    int inAdvance() {
        return inAdvance;
    }

    /** A handler has returned after this time. */
    void ran(long nanos) {
        if (nanos >= LONG_NANOS) {
            foundLong();
        } else {
            averageNanos = shortOnes++ == 0 ? nanos : averageNanos + WEIGHT_OF_LAST * (nanos - averageNanos);
        }
    }

    /** A job of this type runs for long, or could not start for long. */
    void foundLong() {
        inAdvance = 0;
        shortOnes = 0;
    }

    /** A claim has brought all that was asked for, so there is probably more. */
    void foundMore(int concurrency, int most) {
        if (shortOnes >= PROOF) {
            double drained = concurrency * (DRAIN_NANOS / Math.max(1, averageNanos));
            inAdvance = (int) Math.min(Math.min(most, drained), Math.max(concurrency, 2.0 * inAdvance));
        }
    }
}
