package dev.jobqueue.spi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Selector;
import java.util.List;

/**
 * Asks for as many jobs as there are slots.
 *
 * @param slots at least one, at most {@link Traits#maxBatch}, with distinct tokens
 */
public record ClaimRequest(Selector selector, List<ClaimSlot> slots) {
    public ClaimRequest {
        requireNonNull(selector, "selector");
        slots = List.copyOf(slots);
    }

    /** The same request, to be repeated because nobody knows what became of it (DEQ-13). */
    public ClaimRequest again() {
        return new ClaimRequest(selector, slots.stream().map(ClaimSlot::again).toList());
    }
}
