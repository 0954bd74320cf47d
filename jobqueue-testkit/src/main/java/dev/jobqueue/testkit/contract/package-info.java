/**
 * The contract of a backend as JUnit tests: extend {@link dev.jobqueue.testkit.contract.JobQueueContract}, say in a
 * {@link dev.jobqueue.testkit.contract.StoreFixture} how a store is opened, and run it.
 *
 * <p>Every test carries the ids of the rules it shows to hold, first in its display name. {@link dev.jobqueue.testkit.contract.Rules} lists all rules and
 * says which ones no test of this kit can reach, and why. The areas are classes of their own, so that one can be extended alone.
 */
@NullMarked
package dev.jobqueue.testkit.contract;

import org.jspecify.annotations.NullMarked;
