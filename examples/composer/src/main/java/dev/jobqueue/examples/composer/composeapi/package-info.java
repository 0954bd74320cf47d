/**
 * The API of those who want images: they ask for a compose, look what becomes of it, and read its logs.
 *
 * <p>Start at {@link dev.jobqueue.examples.composer.composeapi.ComposeApi}; what it promises stands in {@code openapi.yaml}.
 */
@NullMarked
package dev.jobqueue.examples.composer.composeapi;

import org.jspecify.annotations.NullMarked;
