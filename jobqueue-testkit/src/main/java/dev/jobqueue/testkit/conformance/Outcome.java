package dev.jobqueue.testkit.conformance;

/** What became of a rule or of a test. */
public enum Outcome {
    /** Shown to hold. */
    PASSED,
    /** Shown not to hold. */
    FAILED,
    /** Does not concern this store, mostly because of what it declares. */
    SKIPPED,
    /** No test of this kit can reach the rule. */
    UNTESTABLE,
    /** Left out of this run, in whole or in part. */
    NOT_RUN;

    /** As a person reads it. */
    String words() {
        return this == NOT_RUN ? "not run" : name().toLowerCase(java.util.Locale.ROOT);
    }
}
