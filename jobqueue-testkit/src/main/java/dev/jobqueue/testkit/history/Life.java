package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One job, as far as a history knows it. */
final class Life {
    final JobId id;
    final Call.Entry entry;
    /** All enqueues that name it. */
    final List<Operation> enqueues = new ArrayList<>();
    /** Its attempts, by number. */
    final List<Run> runs = new ArrayList<>();

    final List<Operation> cancels = new ArrayList<>();
    /** The sweeps that ended one of its attempts, or may have. */
    final List<Operation> expires = new ArrayList<>();

    Life(Call.Entry entry) {
        id = entry.id();
        this.entry = entry;
    }

    void sort() {
        runs.sort(Comparator.comparingInt((Run r) -> r.number).thenComparingLong(Run::by));
        expires.sort(Comparator.comparingLong(Operation::invoked));
    }

    /** It was stored at this time or later, if ever. */
    long storedFrom() {
        return enqueues.stream()
                .filter(e -> e.unknown() || stores(e))
                .mapToLong(Operation::invoked)
                .min()
                .orElse(Operation.NEVER);
    }

    /** It was stored by this time, for certain. */
    long storedBy() {
        return stored().map(Operation::returned).orElse(Operation.NEVER);
    }

    /** The first enqueue that says that the job is stored. */
    Optional<Operation> stored() {
        return enqueues.stream().filter(this::stores).min(Comparator.comparingLong(Operation::returned));
    }

    private boolean stores(Operation enqueue) {
        return enqueue.reply().orElse(null) instanceof Reply.Stored stored
                && stored.ids().contains(id);
    }

    /** The cancels that were accepted, or may have been. */
    Stream<Operation> perhapsCanceled() {
        return cancels.stream().filter(c -> c.unknown() || canceled(c));
    }

    /** The cancels that were accepted. */
    Stream<Operation> surelyCanceled() {
        return cancels.stream().filter(Life::canceled);
    }

    private static boolean canceled(Operation cancel) {
        return cancel.reply().orElse(null) instanceof Reply.Canceled;
    }

    /** The finishes of all its attempts with this ending that were accepted. */
    Stream<Operation> surely(Call.Ending ending) {
        return runs.stream().flatMap(r -> r.surely(ending));
    }

    /** The attempts that ended with an error, for certain; one that the job has left does not end it. */
    List<Run> failed() {
        return runs.stream()
                .filter(r -> r.surely(Call.Ending.FAILURE).findAny().isPresent())
                .toList();
    }
}
