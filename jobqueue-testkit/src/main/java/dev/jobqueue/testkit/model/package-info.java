/**
 * The model suite: random programs of store calls, run on the store under test and on the in-memory reference store side by side, with every answer and
 * everything that can be read compared. A program that finds a difference is shrunk to a short one.
 *
 * <p>Extend {@link dev.jobqueue.testkit.model.JobStoreModel}. Needs jqwik on the class path.
 */
@NullMarked
package dev.jobqueue.testkit.model;

import org.jspecify.annotations.NullMarked;
