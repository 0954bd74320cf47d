/** Crashes at every step: a disk in memory that loses, tears or refuses what was not forced, and what must hold on it (DUR-1 to DUR-3, DUR-7). */
@NullMarked
package dev.jobqueue.fs.crash;

import org.jspecify.annotations.NullMarked;
