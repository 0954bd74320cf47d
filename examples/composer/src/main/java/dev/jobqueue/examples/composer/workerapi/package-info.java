/**
 * The API of the workers: they ask for jobs, tell that they are alive, and bring results and artifacts.
 *
 * <p>Start at {@link dev.jobqueue.examples.composer.workerapi.WorkerApi}; what it promises stands in {@code openapi.yaml}.
 */
@NullMarked
package dev.jobqueue.examples.composer.workerapi;

import org.jspecify.annotations.NullMarked;
