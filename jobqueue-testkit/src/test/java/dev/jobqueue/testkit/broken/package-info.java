/**
 * Stores that each break one rule on purpose, to show that the contract catches them.
 *
 * <p>Each is a nested class of the {@code Broken...} class of its area and names its rule with {@link dev.jobqueue.testkit.broken.Breaks}.
 */
@NullMarked
package dev.jobqueue.testkit.broken;

import org.jspecify.annotations.NullMarked;
