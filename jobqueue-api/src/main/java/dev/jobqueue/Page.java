package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A page of a list.
 *
 * @param next what to ask for the next page with; empty after the last one
 */
public record Page<T>(List<T> items, Optional<String> next) {
    public Page {
        items = List.copyOf(items);
        requireNonNull(next, "next");
    }

    /**
     * Which page is wanted.
     *
     * @param size the most items, 1 to 10,000
     * @param after {@link Page#next} of the page before; empty for the first one
     */
    public record Request(int size, Optional<String> after) {
        public Request {
            Names.requireRange(size, 1, 10_000, "page size");
            requireNonNull(after, "after");
        }

        /** The first page. */
        public static Request first(int size) {
            return new Request(size, Optional.empty());
        }

        /** The page after the one that said {@code next}. */
        public Request after(String next) {
            return new Request(size, Optional.of(next));
        }
    }
}
