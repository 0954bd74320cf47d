/** The programs: the service, a worker, and both of them building an image. */
@NullMarked
package dev.jobqueue.examples.composer;

import org.jspecify.annotations.NullMarked;
