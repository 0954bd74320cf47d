/**
 * Events: what a record says, as JSON that a person can read, and back.
 *
 * <p>An event is one line of JSON; if the line says so, the raw bytes of args, a result or progress follow, and a line feed. The kinds are drawn at
 * {@link dev.jobqueue.fs.event.EventWriter}.
 */
@NullMarked
package dev.jobqueue.fs.event;

import org.jspecify.annotations.NullMarked;
