/**
 * The store: what each call of the SPI does in SQL. Not exported.
 *
 * <p>Locks are taken in enqueue order, jobs before heartbeats. Whatever ends a job locks it first and looks at its dependents in a later statement, with a
 * newer snapshot: one that is older than the wait for the lock misses an edge that was committed meanwhile.
 */
@NullMarked
package dev.jobqueue.postgres.store;

import org.jspecify.annotations.NullMarked;
