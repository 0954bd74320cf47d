/**
 * A small backend on SQLite, as {@code docs/writing-a-backend.md} builds it: one file, one process, one writer.
 *
 * <p>{@link dev.jobqueue.examples.sqlite.SqliteJobStore} answers the calls of the SPI, {@code Step} decides what they do to jobs, {@code Jobs} reads and writes
 * rows, {@code Database} runs transactions.
 */
@NullMarked
package dev.jobqueue.examples.sqlite;

import org.jspecify.annotations.NullMarked;
