/** How the program writes its log, and what the lines tell beside their message. */
@NullMarked
package dev.jobqueue.examples.composer.logs;

import org.jspecify.annotations.NullMarked;
