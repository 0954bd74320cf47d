package dev.jobqueue.testkit.model;

import java.util.Optional;

/** How a program names a job or a token: by a small number among those that fit when the operation runs. */
final class Pick {
    private Pick() {}

    /** Among which jobs to choose. */
    enum Jobs {
        /** Those that exist. */
        STORED,
        READY,
        RUNNING,
        /** BLOCKED or SCHEDULED. */
        PENDING,
        /** Every id named so far, also of jobs that were refused or removed. */
        ANY,
        UNKNOWN
    }

    /** Among which tokens to choose. */
    enum Tokens {
        RUNNING,
        ANY,
        UNKNOWN
    }

    record OfJob(Jobs which, int index) {
        @Override
        public String toString() {
            return "job " + which + " " + index;
        }
    }

    record OfToken(Tokens which, int index) {
        @Override
        public String toString() {
            return "token " + which + " " + index;
        }
    }

    /**
     * A slot of a claim.
     *
     * @param again the number of an earlier token, or empty for a new one
     */
    record OfSlot(Optional<Integer> again, int worker) {
        @Override
        public String toString() {
            return again.map(token -> "used token " + token).orElse("new token") + " worker " + worker;
        }
    }
}
