/**
 * The narrow way to files: all that the store does on disk goes through {@link dev.jobqueue.fs.disk.Disk}, so that tests can replace it with one that
 * loses, tears or refuses what was not forced.
 */
@NullMarked
package dev.jobqueue.fs.disk;

import org.jspecify.annotations.NullMarked;
