/**
 * For unit tests of code that uses a queue: {@link dev.jobqueue.testkit.junit.JobQueueExtension} gives a test an in-memory queue and a clock,
 * {@link dev.jobqueue.testkit.junit.JobRunner} runs its handlers in the thread of the test, {@link dev.jobqueue.testkit.junit.JobAssert} and
 * {@link dev.jobqueue.testkit.junit.JobGraphAssert} say what came of it.
 */
@NullMarked
package dev.jobqueue.testkit.junit;

import org.jspecify.annotations.NullMarked;
