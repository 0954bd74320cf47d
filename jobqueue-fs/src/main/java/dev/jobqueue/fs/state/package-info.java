/**
 * What is kept in memory: one entry for each job, the orders in which jobs are taken, and how events change them.
 *
 * <p>Used by the writer thread only. Nothing here does I/O or decides anything: live calls and recovery apply the same events with the same code.
 */
@NullMarked
package dev.jobqueue.fs.state;

import org.jspecify.annotations.NullMarked;
