package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DEP-7: the outcome of a graph and its causes. */
class GraphsTest {
    private final List<JobGraph.Node> nodes = new ArrayList<>();

    private JobId node(JobState state, JobId... dependencies) {
        JobId id = JobId.create();
        nodes.add(new JobGraph.Node(
                id,
                JobType.raw("build").name(),
                state,
                Arrays.stream(dependencies)
                        .map(dependency -> new Dependency(dependency, false))
                        .toList()));
        return id;
    }

    private void assertOutcome(JobId root, JobGraph.Outcome outcome, JobId... causes) {
        JobGraph graph = Graphs.of(root, nodes);
        assertThat(graph.outcome()).isEqualTo(outcome);
        assertThat(graph.causes()).containsExactly(causes);
        assertThat(graph.jobs().values()).containsExactlyInAnyOrderElementsOf(nodes);
        assertThat(graph.root()).isEqualTo(root);
    }

    @Test
    @DisplayName("DEP-7: while the job itself is unfinished the graph is pending, though a failure below is named")
    void pending() {
        JobId failed = node(JobState.FAILED);
        assertOutcome(node(JobState.BLOCKED, failed), JobGraph.Outcome.PENDING, failed);
    }

    @Test
    @DisplayName("DEP-7: a failure anywhere below makes the graph failed, its causes are the lowest ones, each once")
    void failed() {
        JobId low = node(JobState.FAILED);
        JobId fine = node(JobState.SUCCEEDED);
        JobId canceled = node(JobState.CANCELED);
        JobId above = node(JobState.FAILED, fine, low);
        JobId between = node(JobState.SUCCEEDED, above, canceled);
        JobId second = node(JobState.FAILED, fine);
        assertOutcome(node(JobState.SUCCEEDED, between, second, low), JobGraph.Outcome.FAILED, low, second);
    }

    @Test
    @DisplayName("DEP-7: without a failure a cancel makes the graph canceled, else it has succeeded")
    void canceledOrSucceeded() {
        JobId fine = node(JobState.SUCCEEDED);
        JobId top = node(JobState.SUCCEEDED, fine);
        assertOutcome(top, JobGraph.Outcome.SUCCEEDED);
        JobId canceled = node(JobState.CANCELED, top);
        assertOutcome(canceled, JobGraph.Outcome.CANCELED);
        assertOutcome(node(JobState.SUCCEEDED, canceled), JobGraph.Outcome.CANCELED);
    }
}
