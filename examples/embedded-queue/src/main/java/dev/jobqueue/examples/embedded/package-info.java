/** A program with a job queue in a directory of its own: it hashes the files of a folder and can be killed at any moment. */
@NullMarked
package dev.jobqueue.examples.embedded;

import org.jspecify.annotations.NullMarked;
