@NullMarked
package dev.jobqueue.examples.composer.koji;

import org.jspecify.annotations.NullMarked;
