/** Requests that mean harm, by the thousands, against both APIs. */
@NullMarked
package dev.jobqueue.examples.composer.hostile;

import org.jspecify.annotations.NullMarked;
