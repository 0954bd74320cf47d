/** Reaches what is package-private. */
@org.jspecify.annotations.NullMarked
package dev.jobqueue.postgres.sql;
