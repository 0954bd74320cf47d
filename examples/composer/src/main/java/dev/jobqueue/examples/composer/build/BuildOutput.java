package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;

/**
 * How a build went.
 *
 * @param success whether all exports are there
 * @param json the result in osbuild's shape: {@code type}, {@code success}, {@code log} by pipeline, {@code error} if there is one
 */
public record BuildOutput(boolean success, RawJson json) {}
