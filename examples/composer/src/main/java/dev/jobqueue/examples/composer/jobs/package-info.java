/**
 * The jobs of the service: their types, args and results, how they are enqueued and read, and what they come to.
 *
 * <p>Start at {@link dev.jobqueue.examples.composer.jobs.ComposerJobs}. Rows such as S24 name what the modelled service does, see the README of this example.
 */
@NullMarked
package dev.jobqueue.examples.composer.jobs;

import org.jspecify.annotations.NullMarked;
