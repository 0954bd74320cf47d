package dev.jobqueue.examples.composer.http;

/** Who may call an API. */
public sealed interface Access {
    /** Anybody, as the one nameless caller: for listeners that only this machine, or only this user, can reach. */
    record Open() implements Access {}
}
