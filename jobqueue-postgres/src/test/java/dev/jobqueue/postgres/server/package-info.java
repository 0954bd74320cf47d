/** PostgreSQL servers for the tests: one that all tests share, and private ones that a test may kill. */
@org.jspecify.annotations.NullMarked
package dev.jobqueue.postgres.server;
