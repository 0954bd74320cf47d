package dev.jobqueue.examples.composer.http;

import java.time.Duration;

/** Hears of each answer. */
@FunctionalInterface
public interface RequestMeter {
    /** Hears of none. */
    RequestMeter NONE = (method, route, status, time) -> {};

    /**
     * A request was answered.
     *
     * @param route the path as the API has it, with names in place of ids; {@code none} for a path that it does not have
     * @param time from its arrival on
     */
    void answered(String method, String route, int status, Duration time);
}
