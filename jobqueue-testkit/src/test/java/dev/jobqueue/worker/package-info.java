/**
 * Tests of the worker runtime. They stand here and not in jobqueue-api, because they need the in-memory store and the manual clock, and in this package,
 * because they drive its core.
 */
@NullMarked
package dev.jobqueue.worker;

import org.jspecify.annotations.NullMarked;
