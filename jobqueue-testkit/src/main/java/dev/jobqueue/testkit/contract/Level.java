package dev.jobqueue.testkit.contract;

/** The tags of the contract's tests, for builds that run a part of them. */
public final class Level {
    /** Holds for every store. All tests have this tag that have not {@link #OPTIONAL}. */
    public static final String MUST = "must";

    /** Holds for stores that declare a capability; skipped for others. */
    public static final String OPTIONAL = "optional";

    /** Uses threads and chance: a failure is a real one, a pass proves less than with the other tests. */
    public static final String STOCHASTIC = "stochastic";

    /** Uses many jobs, see {@link StoreFixture#scale}. */
    public static final String SCALE = "scale";

    private Level() {}
}
