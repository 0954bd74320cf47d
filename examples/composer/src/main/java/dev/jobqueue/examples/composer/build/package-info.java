/** Builders of images: what a worker calls to turn a manifest into files. */
@NullMarked
package dev.jobqueue.examples.composer.build;

import org.jspecify.annotations.NullMarked;
