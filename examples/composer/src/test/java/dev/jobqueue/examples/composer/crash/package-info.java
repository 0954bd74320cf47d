/** Service and worker as programs of their own, which are killed. */
@NullMarked
package dev.jobqueue.examples.composer.crash;

import org.jspecify.annotations.NullMarked;
