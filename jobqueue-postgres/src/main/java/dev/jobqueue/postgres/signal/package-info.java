/** What processes tell each other through NOTIFY and LISTEN. Not exported. */
@NullMarked
package dev.jobqueue.postgres.signal;

import org.jspecify.annotations.NullMarked;
