package dev.jobqueue.examples.composer.http;

import dev.jobqueue.JobOptions;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param name for the log and for limits; empty where access is open
 * @param channel whose jobs the caller sees and makes; empty if the caller belongs to no tenant
 */
record Caller(Optional<String> name, Optional<String> channel) {
    /** The one of a listener with open access. */
    static final Caller ANYBODY = new Caller(Optional.empty(), Optional.of(JobOptions.DEFAULT_CHANNEL));

    private static final String ATTRIBUTE = "caller";

    /** Somebody who works for a tenant. */
    static Caller of(String name, Optional<String> tenant) {
        return new Caller(Optional.of(name), tenant.map(id -> "org-" + id));
    }

    /** Notes that this makes the request. */
    void begin(Context context) {
        context.attribute(ATTRIBUTE, this);
    }

    /** Who makes this request; empty before that is known, and on routes for anybody. */
    static Optional<Caller> of(Context context) {
        @Nullable Caller caller = context.attribute(ATTRIBUTE);
        return Optional.ofNullable(caller);
    }
}
