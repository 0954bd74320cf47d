/**
 * Histories of many threads and processes, and what is wrong with them.
 *
 * <p>{@link dev.jobqueue.testkit.history.HistoryContract} lets producers, consumers, a canceller and a sweeper loose on the stores of a
 * {@link dev.jobqueue.testkit.contract.StoreFixture}, with its faults if it has some, and records when each call was sent, when it came back and what
 * it said. {@link dev.jobqueue.testkit.history.HistoryCheck} then finds what no order of these calls can explain: lost and doubled jobs, overlapping
 * runs, stale tokens that were accepted, broken order, dependents that started too early, waiters that were not woken.
 *
 * <p>Only what is certain counts. A call comes before another one if it had returned before the other one was sent. A call whose outcome is unknown may
 * have taken effect at any time after it was sent, or never.
 */
@NullMarked
package dev.jobqueue.testkit.history;

import org.jspecify.annotations.NullMarked;
