package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One attempt, as far as a history knows it. */
final class Run {
    final JobId id;
    final JobToken token;
    final int number;
    /** The claim that gave it and returned first. */
    final Operation claim;
    /** It began at this time or later: when its token was first sent to a store. */
    final long from;

    final List<Operation> finishes = new ArrayList<>();
    final List<Operation> heartbeats = new ArrayList<>();

    Run(Reply.Start start, Operation claim, long from) {
        id = start.id();
        token = start.token();
        number = start.attempt();
        this.claim = claim;
        this.from = from;
    }

    /** It had begun by this time. */
    long by() {
        return claim.returned();
    }

    /** The finishes with this ending that were accepted, or may have been. */
    Stream<Operation> perhaps(Call.Ending ending) {
        return finishes.stream().filter(f -> ending(f) == ending && (f.unknown() || accepted(f)));
    }

    /** The finishes with this ending that were accepted. */
    Stream<Operation> surely(Call.Ending ending) {
        return finishes.stream().filter(f -> ending(f) == ending && accepted(f));
    }

    static Call.Ending ending(Operation finish) {
        return ((Call.Finish) finish.call()).ending();
    }

    static boolean accepted(Operation finish) {
        return told(finish, Verdict.DONE);
    }

    static boolean told(Operation operation, Verdict verdict) {
        return operation.reply().orElse(null) instanceof Reply.Told told && told.verdict() == verdict;
    }
}
