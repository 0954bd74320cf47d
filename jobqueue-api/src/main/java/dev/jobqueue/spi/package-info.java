/**
 * What a backend implements: {@link dev.jobqueue.spi.JobStore} and its records.
 *
 * <p>A store only keeps state. Waiting, combining of calls, decoding, the checks of arguments and the exceptions of calls by id live once, in the
 * queue over the store. {@link dev.jobqueue.spi.StoreRules} has the decisions that every store makes alike. Extend the contract tests of
 * jobqueue-testkit to know that a store is right.
 */
@NullMarked
package dev.jobqueue.spi;

import org.jspecify.annotations.NullMarked;
