@NullMarked
package dev.jobqueue.examples.composer.build;

import org.jspecify.annotations.NullMarked;
