@NullMarked
package dev.jobqueue.examples.composer.worker;

import org.jspecify.annotations.NullMarked;
