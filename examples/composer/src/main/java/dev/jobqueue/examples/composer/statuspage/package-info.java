/**
 * The status page: what the queue and the composes do, as HTML for people.
 *
 * <p>Start at {@link dev.jobqueue.examples.composer.statuspage.StatusPage}. It only reads. Pages are made on the server; a small script keeps them up to date.
 */
@NullMarked
package dev.jobqueue.examples.composer.statuspage;

import org.jspecify.annotations.NullMarked;
