package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * The answers to the items of one call, in order, and what it changed for waiters.
 */
public record Receipt<T>(List<T> items, Changes changes) {
    public Receipt {
        items = List.copyOf(items);
        requireNonNull(changes, "changes");
    }
}
