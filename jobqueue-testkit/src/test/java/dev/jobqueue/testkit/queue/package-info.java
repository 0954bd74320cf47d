/** The queue over a store that misbehaves: waiting, settling and combining where the contract of a sound store does not reach. */
@NullMarked
package dev.jobqueue.testkit.queue;

import org.jspecify.annotations.NullMarked;
