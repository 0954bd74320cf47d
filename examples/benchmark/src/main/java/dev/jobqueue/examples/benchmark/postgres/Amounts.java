package dev.jobqueue.examples.benchmark.postgres;

/**
 * How many jobs the conditions put into the tables.
 *
 * @param finished finished ones
 * @param others ready ones of another type
 */
record Amounts(int finished, int others) {}
