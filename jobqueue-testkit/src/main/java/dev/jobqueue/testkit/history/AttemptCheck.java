package dev.jobqueue.testkit.history;

import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A job runs once at a time, ends once, and is in the hands of whoever has its last token. */
final class AttemptCheck {
    private final Index index;
    private final List<Violation> found;

    AttemptCheck(Index index, List<Violation> found) {
        this.index = index;
        this.found = found;
    }

    void check() {
        for (List<Run> ofToken : index.runs()) {
            if (ofToken.size() > 1) {
                found.add(new Violation(
                        Rules.DEQ_2,
                        "one token for two jobs",
                        ofToken.stream().map(r -> r.claim).toList()));
            }
        }
        checkWaits();
        for (Life life : index.lives()) {
            checkOverlaps(life);
            checkEndedOnce(life);
            checkNotAfterTheEnd(life);
            life.runs.forEach(run -> checkStale(life, run));
        }
    }

    /** A queue hands an attempt to one caller. */
    private void checkWaits() {
        Map<JobToken, Operation> given = new HashMap<>();
        for (Operation wait : index.waits) {
            for (Reply.Start start : Index.starts(wait)) {
                Operation before = given.putIfAbsent(start.token(), wait);
                if (before != null) {
                    found.add(new Violation(
                            Rules.DEQ_2, "handed out twice: " + Names.of(start.id()), List.of(before, wait)));
                }
            }
        }
    }

    /** The attempts have numbers, so it is known which of two came first, and it must have been over before the other one was given. */
    private void checkOverlaps(Life life) {
        for (int i = 0; i < life.runs.size(); i++) {
            for (int j = i + 1; j < life.runs.size(); j++) {
                Run first = life.runs.get(i);
                Run second = life.runs.get(j);
                boolean over = first.number < second.number
                        && ends(life, first).anyMatch(e -> e.invoked() < second.by() && e.returned() > first.from);
                if (!over) {
                    found.add(new Violation(
                            Rules.DEQ_2, "two runs at once: " + Names.of(life.id), List.of(first.claim, second.claim)));
                    return;
                }
            }
        }
    }

    /** Whatever may have ended this attempt and left the job unfinished. */
    private static Stream<Operation> ends(Life life, Run run) {
        Stream<Operation> finishes = Stream.of(Call.Ending.FAILURE, Call.Ending.RELEASE, Call.Ending.RELEASE_LATER)
                .flatMap(run::perhaps);
        // What may also have ended the job is accepted here; that it did is found by checkNotAfterTheEnd, with a better
        // name.
        Stream<Operation> last = Stream.concat(
                Stream.of(Call.Ending.SUCCESS, Call.Ending.PERMANENT_FAILURE).flatMap(run::surely),
                life.surelyCanceled());
        return Stream.concat(Stream.concat(finishes, last), life.expires.stream());
    }

    private void checkEndedOnce(Life life) {
        List<Operation> ends = new ArrayList<>();
        for (Run run : life.runs) {
            Stream.of(Call.Ending.SUCCESS, Call.Ending.PERMANENT_FAILURE)
                    .forEach(ending -> run.surely(ending).findFirst().ifPresent(ends::add));
        }
        life.cancels.stream().filter(AttemptCheck::canceledNow).forEach(ends::add);
        List<Run> failed = life.failed();
        if (failed.size() >= life.entry.attempts()) {
            failed.get(life.entry.attempts() - 1)
                    .surely(Call.Ending.FAILURE)
                    .findFirst()
                    .ifPresent(ends::add);
        }
        if (ends.size() > 1) {
            boolean canceled = ends.stream().anyMatch(AttemptCheck::canceledNow);
            found.add(new Violation(
                    canceled ? Rules.CAN_2 : Rules.FIN_1, "ended more than once: " + Names.of(life.id), ends));
        }
    }

    private static boolean canceledNow(Operation cancel) {
        return cancel.reply().orElse(null) instanceof Reply.Canceled canceled && canceled.now();
    }

    /** Nothing is given after the end of the job, the same attempt again neither. */
    private void checkNotAfterTheEnd(Life life) {
        for (Operation claim : index.claimsOf(life.id)) {
            int number = Index.attempt(claim, life.id);
            Optional<Operation> end = Stream.concat(
                            life.runs.stream()
                                    .flatMap(r -> Stream.of(Call.Ending.SUCCESS, Call.Ending.PERMANENT_FAILURE)
                                            .flatMap(r::surely)
                                            .filter(f -> number > r.number || claim.invoked() > f.returned())),
                            life.surelyCanceled().filter(c -> claim.invoked() > c.returned()))
                    .findFirst();
            end.ifPresent(e -> found.add(new Violation(
                    e.call() instanceof Call.Cancel ? Rules.CAN_1 : Rules.FIN_2,
                    "given after its end: " + Names.of(life.id),
                    List.of(e, claim))));
            List<Run> failed =
                    life.failed().stream().filter(r -> r.number < number).toList();
            if (failed.size() >= life.entry.attempts()) {
                List<Operation> shown = new ArrayList<>();
                failed.forEach(r -> r.surely(Call.Ending.FAILURE).findFirst().ifPresent(shown::add));
                shown.add(claim);
                found.add(new Violation(Rules.FIN_3, "given after its last failure: " + Names.of(life.id), shown));
            }
        }
    }

    /**
     * No token is accepted once a later attempt was given, or the job canceled. A finish that is repeated is accepted again, if it may have been
     * accepted in time (FIN-8).
     */
    private void checkStale(Life life, Run run) {
        Optional<Operation> next = life.runs.stream()
                .filter(r -> r.number > run.number)
                .map(r -> r.claim)
                .min(Comparator.comparingLong(Operation::returned));
        next.ifPresent(n -> checkStale(run, n, Rules.FIN_1, "a stale token was accepted"));
        life.surelyCanceled()
                .min(Comparator.comparingLong(Operation::returned))
                .ifPresent(c -> checkStale(run, c, Rules.CAN_3, "a token was accepted after the cancel"));
    }

    private void checkStale(Run run, Operation over, Rules rule, String text) {
        for (Operation finish : run.finishes) {
            boolean late = Run.accepted(finish) && finish.invoked() > over.returned();
            if (late && run.perhaps(Run.ending(finish)).noneMatch(f -> f.invoked() < over.returned())) {
                found.add(new Violation(rule, text + ": " + Names.of(run.id), List.of(run.claim, over, finish)));
            }
        }
        run.heartbeats.stream()
                .filter(h -> Run.told(h, Verdict.CONTINUE) && h.invoked() > over.returned())
                .findFirst()
                .ifPresent(h ->
                        found.add(new Violation(rule, text + ": " + Names.of(run.id), List.of(run.claim, over, h))));
    }
}
