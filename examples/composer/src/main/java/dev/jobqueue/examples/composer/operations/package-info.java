/** What whoever runs the service looks at: whether it lives, whether it can work, and its numbers. */
@NullMarked
package dev.jobqueue.examples.composer.operations;

import org.jspecify.annotations.NullMarked;
