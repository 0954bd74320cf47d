package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Finds what no order of the calls of a history can explain.
 *
 * <p>Jobs have no time-out, no unique key and no follow-ups here, and nobody pauses or ends them from outside but with a cancel of one job: then what is
 * found is wrong for certain. Not all that is wrong is found: where a call has an unknown outcome, or calls overlap, the store has the benefit of the
 * doubt.
 */
public final class HistoryCheck {
    private HistoryCheck() {}

    /**
     * All violations, those of one rule together.
     *
     * @param history all calls, of all processes, in any order
     * @param end the states of the jobs after the drain, when nothing more was to come; a job that is not there has none
     * @param wakeUp how long a waiter may go on waiting while there is a job for it
     */
    public static List<Violation> violations(Collection<Operation> history, Map<JobId, JobState> end, Duration wakeUp) {
        Index index = new Index(history);
        List<Violation> found = new ArrayList<>();
        new TotalCheck(index, end, found).check();
        new AttemptCheck(index, found).check();
        new DependencyCheck(index, end, found).check();
        new OrderCheck(index, found).check();
        new WakeUpCheck(index, wakeUp, found).check();
        return found;
    }
}
