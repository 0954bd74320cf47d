/**
 * What the kit has found out about a store.
 *
 * <p>The author of a store extends {@link dev.jobqueue.testkit.conformance.ConformanceSuite} and runs it; that is all. A listener, which JUnit finds by itself, then
 * writes a {@link dev.jobqueue.testkit.conformance.ConformanceReport} as Markdown, JSON and JUnit XML into {@code target/conformance}.
 */
@NullMarked
package dev.jobqueue.testkit.conformance;

import org.jspecify.annotations.NullMarked;
