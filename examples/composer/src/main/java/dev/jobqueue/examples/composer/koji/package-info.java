/** The hub of a koji build system, as far as a content generator needs it. */
@NullMarked
package dev.jobqueue.examples.composer.koji;

import org.jspecify.annotations.NullMarked;
