package dev.jobqueue.examples.composer.koji;

/** A build as the hub has it. */
public record HubBuild(long id, BuildName name, BuildState state) {}
