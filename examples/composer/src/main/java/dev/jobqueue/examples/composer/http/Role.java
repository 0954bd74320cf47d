package dev.jobqueue.examples.composer.http;

import io.javalin.security.RouteRole;

/** Who may use a route. */
public enum Role implements RouteRole {
    /** Whoever reaches the listener, also without logging in. All other routes are for those whom {@link Access} lets in. */
    ANYBODY
}
