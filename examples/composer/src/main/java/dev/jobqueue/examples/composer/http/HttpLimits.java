package dev.jobqueue.examples.composer.http;

import java.time.Duration;

/**
 * What clients may ask of a listener.
 *
 * @param maxHeaderBytes the most of a request's line and header fields, at least 1 KiB
 * @param maxConnections the most connections at once, at least 1; more wait until one ends
 * @param idleTimeout how long a connection may be silent, and how long the next request may take to come in, up to its body, at least 10 ms; who waits for a job may be silent for longer
 * @param minBytesPerSecond how fast a body must come in on average; 0 is at any speed
 * @param requestsPerSecond how many requests a caller may make on average; 0 is any number. A caller is who has logged in, or the address of who has not; where access is open nobody is
 *     counted
 * @param burst how many requests a caller may make at once after a pause, at least 1
 */
public record HttpLimits(
        int maxHeaderBytes,
        int maxConnections,
        Duration idleTimeout,
        int minBytesPerSecond,
        int requestsPerSecond,
        int burst) {
    /** Header fields of 8 KiB, 2,000 connections, 30 s of silence, bodies of 1,000 bytes a second, 200 requests a second and 1,000 at once. */
    public static final HttpLimits DEFAULT = new HttpLimits(8 << 10, 2_000, Duration.ofSeconds(30), 1_000, 200, 1_000);

    public HttpLimits {
        atLeast(1 << 10, maxHeaderBytes, "maxHeaderBytes");
        atLeast(1, maxConnections, "maxConnections");
        atLeast(0, minBytesPerSecond, "minBytesPerSecond");
        atLeast(0, requestsPerSecond, "requestsPerSecond");
        atLeast(1, burst, "burst");
        if (idleTimeout.toMillis() < 10) {
            throw new IllegalArgumentException("idleTimeout must be at least 10 ms: " + idleTimeout);
        }
    }

    private static void atLeast(int bound, int value, String name) {
        if (value < bound) {
            throw new IllegalArgumentException(name + " must be at least " + bound + ": " + value);
        }
    }

    /** Another limit for header fields. */
    public HttpLimits maxHeaderBytes(int newMaxHeaderBytes) {
        return new HttpLimits(
                newMaxHeaderBytes, maxConnections, idleTimeout, minBytesPerSecond, requestsPerSecond, burst);
    }

    /** Another limit for connections. */
    public HttpLimits maxConnections(int newMaxConnections) {
        return new HttpLimits(
                maxHeaderBytes, newMaxConnections, idleTimeout, minBytesPerSecond, requestsPerSecond, burst);
    }

    /** Another limit for silence. */
    public HttpLimits idleTimeout(Duration newTimeout) {
        return new HttpLimits(maxHeaderBytes, maxConnections, newTimeout, minBytesPerSecond, requestsPerSecond, burst);
    }

    /** Another limit for slow bodies; 0 is none. */
    public HttpLimits minBytesPerSecond(int newMinimum) {
        return new HttpLimits(maxHeaderBytes, maxConnections, idleTimeout, newMinimum, requestsPerSecond, burst);
    }

    /** Another limit for the requests of a caller; 0 a second is none. */
    public HttpLimits requests(int newPerSecond, int newBurst) {
        return new HttpLimits(maxHeaderBytes, maxConnections, idleTimeout, minBytesPerSecond, newPerSecond, newBurst);
    }
}
