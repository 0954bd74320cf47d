/**
 * Histories of many threads and processes, and what is wrong with them.
 *
 * <p>Only what is certain counts. A call comes before another one if it had returned before the other one was sent. A call whose outcome is unknown may
 * have taken effect at any time after it was sent, or never.
 */
@NullMarked
package dev.jobqueue.testkit.history;

import org.jspecify.annotations.NullMarked;
