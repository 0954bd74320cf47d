/**
 * Bytes on disk: records in preallocated segments, the manifest that names the files in force, and reading them back.
 *
 * <p>Knows nothing of jobs; the bodies of records are events, which are the business of {@code dev.jobqueue.fs.event}.
 */
@NullMarked
package dev.jobqueue.fs.journal;

import org.jspecify.annotations.NullMarked;
