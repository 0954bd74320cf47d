package dev.jobqueue.worker;

import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;

/**
 * A handler and its type.
 *
 * @param limit how many jobs of the type may run at once
 */
record Registration<A, R>(JobType<A, R> type, JobHandler<A, R> handler, int limit) {
    /** No limit besides that of the worker. */
    static final int NO_LIMIT = Integer.MAX_VALUE;

    /** For a job that nobody asked for. */
    static Registration<RawJson, RawJson> none(TypeName type) {
        return new Registration<>(JobType.raw(type), context -> null, NO_LIMIT);
    }
}
