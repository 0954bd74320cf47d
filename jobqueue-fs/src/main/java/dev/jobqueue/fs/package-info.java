/**
 * A durable job queue in a directory: one process, no server. {@link dev.jobqueue.fs.FileJobQueue} opens it.
 *
 * <p>All changes go through one writer thread that forces them to disk in groups; what a call has returned survives kill -9 and power loss. See
 * docs/ARCHITECTURE.md for the format of the files and the steps of recovery.
 */
@NullMarked
package dev.jobqueue.fs;

import org.jspecify.annotations.NullMarked;
