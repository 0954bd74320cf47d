package dev.jobqueue.examples.composer.http;

import dev.jobqueue.JobOptions;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param name for limits; empty where access is open
 * @param channel whose jobs the caller sees and makes; empty if the caller belongs to no tenant
 */
record Caller(Optional<String> name, Optional<String> channel) {
    /** The one of a listener with open access. */
    static final Caller ANYBODY = new Caller(Optional.empty(), Optional.of(JobOptions.DEFAULT_CHANNEL));

    private static final String ATTRIBUTE = "caller";

    /** No control characters, half characters or unassigned ones, and short enough for a channel. */
    private static final Pattern TENANT = Pattern.compile("\\P{C}{1,200}");

    /** Somebody who has logged in where there is only one tenant. */
    static Caller ofTheOneTenant(String name) {
        return new Caller(Optional.of(name), ANYBODY.channel());
    }

    /**
     * Somebody who has logged in, perhaps for a tenant.
     *
     * @throws Login.Refused if that is no name of a tenant
     */
    static Caller of(String name, Optional<String> tenant) throws Login.Refused {
        if (tenant.isPresent() && !TENANT.matcher(tenant.get()).matches()) {
            throw new Login.Refused("a tenant has 1 to 200 characters, and no control characters");
        }
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
