package dev.jobqueue.examples.composer.koji;

/**
 * A build that was begun at the hub.
 *
 * @param token what the hub wants to see when the build is imported or given up
 */
public record Reserved(long buildId, String token) {}
