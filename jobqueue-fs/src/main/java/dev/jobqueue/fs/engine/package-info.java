/**
 * The store at work: the writer thread, the calls it runs, opening, checkpoints and compaction.
 *
 * <p>Threads. Callers put an {@link dev.jobqueue.fs.engine.Operation} into the queue of the {@link dev.jobqueue.fs.engine.Writer} and park. The writer
 * alone uses the index and the journal. {@code jobqueue-fs-segments} makes and seals segments; {@code jobqueue-fs-upkeep} writes checkpoints and compacts.
 * Bytes are read by the threads that want them.
 *
 * <p>Locks, none of which the writer holds while it waits: that of the manifest, that of the segment supply, that of the table of open files, that of
 * each file. They are taken in this order.
 */
@NullMarked
package dev.jobqueue.fs.engine;

import org.jspecify.annotations.NullMarked;
