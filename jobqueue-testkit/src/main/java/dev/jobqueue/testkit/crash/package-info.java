/**
 * Tests of durable stores that end a process in the middle of its work: extend {@link dev.jobqueue.testkit.crash.KillContract}.
 */
@NullMarked
package dev.jobqueue.testkit.crash;

import org.jspecify.annotations.NullMarked;
