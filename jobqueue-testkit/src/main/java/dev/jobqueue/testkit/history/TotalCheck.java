package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was acknowledged is there after the drain, has ended as it was said, and there is nothing else. */
final class TotalCheck {
    private final Index index;
    private final Map<JobId, JobState> end;
    private final List<Violation> found;

    TotalCheck(Index index, Map<JobId, JobState> end, List<Violation> found) {
        this.index = index;
        this.end = end;
        this.found = found;
    }

    void check() {
        for (Life life : index.lives()) {
            Optional<JobState> state = Optional.ofNullable(end.get(life.id));
            if (state.isEmpty()) {
                if (life.stored().isPresent() || !life.runs.isEmpty()) {
                    found.add(new Violation(Rules.ENQ_1, "lost: " + Names.of(life.id) + " is not there", all(life)));
                }
            } else if (life.storedFrom() == Operation.NEVER) {
                found.add(new Violation(
                        Rules.ENQ_2, "refused, and there: " + Names.of(life.id), List.copyOf(life.enqueues)));
            } else {
                checkEnd(life, state.get());
            }
        }
        for (Operation claim : index.claims) {
            Index.starts(claim).forEach(s -> checkEnqueued(claim, s.id()));
        }
    }

    private void checkEnd(Life life, JobState state) {
        if (!state.finished()) {
            found.add(new Violation(
                    unfinished(state),
                    "lost: " + Names.of(life.id) + " is still " + state + " after the drain",
                    all(life)));
        }
        life.surely(Call.Ending.SUCCESS).findFirst().ifPresent(f -> expect(Rules.FIN_2, JobState.SUCCEEDED, state, f));
        life.surely(Call.Ending.PERMANENT_FAILURE)
                .findFirst()
                .ifPresent(f -> expect(Rules.FIN_2, JobState.FAILED, state, f));
        life.surelyCanceled().findFirst().ifPresent(c -> expect(Rules.CAN_1, JobState.CANCELED, state, c));
        if (state == JobState.SUCCEEDED
                && life.runs.stream()
                        .allMatch(r -> r.perhaps(Call.Ending.SUCCESS).findAny().isEmpty())) {
            found.add(new Violation(Rules.FIN_1, Names.of(life.id) + " has succeeded, and nobody said so", all(life)));
        }
        if (state == JobState.CANCELED && life.perhapsCanceled().findAny().isEmpty()) {
            found.add(new Violation(Rules.CAN_1, Names.of(life.id) + " is canceled, and nobody said so", all(life)));
        }
    }

    private void expect(Rules rule, JobState expected, JobState state, Operation said) {
        if (state.finished() && state != expected) {
            found.add(new Violation(rule, "an accepted end was lost: the job is " + state, List.of(said)));
        }
    }

    private static Rules unfinished(JobState state) {
        return switch (state) {
            case BLOCKED -> Rules.DEP_5;
            case SCHEDULED -> Rules.DEQ_14;
            case RUNNING -> Rules.HB_2;
            default -> Rules.DEQ_12;
        };
    }

    private void checkEnqueued(Operation claim, JobId id) {
        Optional<Life> life = index.life(id);
        if (life.isEmpty() || claim.returned() < life.get().storedFrom()) {
            List<Operation> shown = new ArrayList<>(life.map(l -> l.enqueues).orElse(List.of()));
            shown.add(claim);
            found.add(new Violation(Rules.ENQ_1, "given, and not enqueued: " + Names.of(id), shown));
        }
    }

    private static List<Operation> all(Life life) {
        List<Operation> all = new ArrayList<>(life.enqueues);
        life.runs.forEach(r -> {
            all.add(r.claim);
            all.addAll(r.finishes);
        });
        all.addAll(life.cancels);
        return all;
    }
}
