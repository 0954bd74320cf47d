package dev.jobqueue.testkit.history;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A job starts after its dependencies have ended, and not at all if one that it requires has not succeeded. */
final class DependencyCheck {
    private final Index index;
    private final Map<JobId, JobState> end;
    private final List<Violation> found;
    private final Ends ends;

    DependencyCheck(Index index, Map<JobId, JobState> end, List<Violation> found) {
        this.index = index;
        this.end = end;
        this.found = found;
        ends = new Ends(index);
    }

    void check() {
        for (Life life : index.lives()) {
            // The first attempt that was given; later ones need nothing more.
            life.runs.stream()
                    .min(Comparator.comparingLong(Run::by))
                    .ifPresent(first -> life.entry.dependencies().forEach(d -> check(life, first, d)));
        }
    }

    private void check(Life life, Run run, Dependency dependency) {
        JobId id = dependency.id();
        if (ends.endedFrom(id) >= run.by()) {
            found.add(new Violation(
                    Rules.DEP_1,
                    Names.of(life.id) + " started before the end of " + Names.of(id),
                    shown(life, run, id)));
        }
        JobState state = end.get(id);
        boolean failed = state == JobState.FAILED || state == JobState.CANCELED;
        if (dependency.required() && failed) {
            found.add(new Violation(
                    Rules.DEP_3,
                    Names.of(life.id) + " ran, and " + Names.of(id) + ", which it requires, is " + state,
                    shown(life, run, id)));
        }
    }

    private List<Operation> shown(Life life, Run run, JobId dependency) {
        List<Operation> shown = new ArrayList<>(life.enqueues);
        shown.add(run.claim);
        index.life(dependency).ifPresent(l -> {
            l.runs.forEach(r -> {
                shown.add(r.claim);
                shown.addAll(r.finishes);
            });
            shown.addAll(l.cancels);
        });
        return shown;
    }
}
