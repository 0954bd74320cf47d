package dev.jobqueue.examples.composer.http;

import io.javalin.http.Context;

/** Finds out who makes a request. Thread-safe. */
interface Login {
    /** Who makes this request. */
    Caller caller(Context context);

    /** For a listener with this access. */
    static Login of(Access access) {
        return context -> Caller.ANYBODY;
    }
}
