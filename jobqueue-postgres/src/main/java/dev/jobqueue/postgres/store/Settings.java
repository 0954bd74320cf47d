package dev.jobqueue.postgres.store;

import dev.jobqueue.postgres.signal.Listener;
import dev.jobqueue.postgres.signal.Notifier;
import dev.jobqueue.postgres.signal.Signals;
import dev.jobqueue.spi.Traits;
import org.jspecify.annotations.Nullable;

/**
 * What a store works with.
 *
 * @param planned whether all connections come with the settings for planning
 * @param inTransaction tells other processes of changes as a part of each transaction, or null
 * @param notifier tells them after it, or null
 * @param listener hears them, or null
 */
public record Settings(
        Traits traits,
        boolean planned,
        @Nullable Signals inTransaction,
        @Nullable Notifier notifier,
        @Nullable Listener listener) {}
