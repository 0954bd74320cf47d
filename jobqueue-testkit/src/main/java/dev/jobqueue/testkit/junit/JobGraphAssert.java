package dev.jobqueue.testkit.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/** Assertions on a job and all it depends on (DEP-7), in the style of AssertJ. Each message has the states and errors of all jobs. */
public final class JobGraphAssert extends AbstractAssert<JobGraphAssert, JobGraph> {
    private final JobQueue queue;

    private JobGraphAssert(JobQueue queue, JobGraph actual) {
        super(actual, JobGraphAssert.class);
        this.queue = queue;
    }

    /** Looks at the graph below this job as it is now. */
    public static JobGraphAssert assertThatGraph(JobQueue queue, JobId root) {
        return new JobGraphAssert(queue, queue.graph(root));
    }

    /** The whole has come to this. */
    @CanIgnoreReturnValue
    public JobGraphAssert hasOutcome(JobGraph.Outcome outcome) {
        Assertions.assertThat(actual.outcome()).as(this::describe).isEqualTo(outcome);
        return this;
    }

    /** Every job of it has succeeded. */
    @CanIgnoreReturnValue
    public JobGraphAssert allSucceeded() {
        return allHaveState(JobState.SUCCEEDED);
    }

    /** Every job of it is in this state. */
    @CanIgnoreReturnValue
    public JobGraphAssert allHaveState(JobState state) {
        Assertions.assertThat(actual.jobs().values())
                .as(this::describe)
                .extracting(JobGraph.Node::state)
                .containsOnly(state);
        return this;
    }

    /** These jobs, and no others, are why it failed: failed jobs without a failed job below them. */
    @CanIgnoreReturnValue
    public JobGraphAssert hasCauses(JobId... causes) {
        Assertions.assertThat(actual.causes()).as(this::describe).containsExactlyInAnyOrderElementsOf(List.of(causes));
        return this;
    }

    /** This job of it is in this state. */
    @CanIgnoreReturnValue
    public JobGraphAssert hasState(JobId id, JobState state) {
        Assertions.assertThat(actual.jobs()).as(this::describe).containsKey(id);
        Assertions.assertThat(queue.status(id).state())
                .as(() -> "job " + id + " of " + describe())
                .isEqualTo(state);
        return this;
    }

    private String describe() {
        return actual.jobs().keySet().stream()
                .sorted()
                .map(queue::status)
                .map(JobGraphAssert::line)
                .collect(Collectors.joining("\n", "the graph below " + actual.root() + ":\n", "\n"));
    }

    private static String line(JobStatus<RawJson> job) {
        return "  " + job.type() + " " + job.id() + " " + job.state()
                + job.error()
                        .map(error -> ": " + error.reason() + " (code " + error.code() + ")")
                        .orElse("");
    }
}
