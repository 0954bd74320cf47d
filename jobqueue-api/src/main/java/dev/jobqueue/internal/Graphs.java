package dev.jobqueue.internal;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rolls a graph up into one outcome (DEP-7). */
final class Graphs {
    private Graphs() {}

    /** @param nodes the root and all below it, dependencies before dependents */
    static JobGraph of(JobId root, List<JobGraph.Node> nodes) {
        Map<JobId, JobGraph.Node> jobs = new HashMap<>();
        Set<JobId> failedAtOrBelow = new HashSet<>();
        List<JobId> causes = new ArrayList<>();
        boolean canceled = false;
        for (JobGraph.Node node : nodes) {
            jobs.put(node.id(), node);
            boolean below = false;
            for (Dependency dependency : node.dependencies()) {
                below |= failedAtOrBelow.contains(dependency.id());
            }
            boolean failed = node.state() == JobState.FAILED;
            if (failed && !below) {
                causes.add(node.id());
            }
            if (failed || below) {
                failedAtOrBelow.add(node.id());
            }
            canceled |= node.state() == JobState.CANCELED;
        }
        JobGraph.Node top = jobs.get(root);
        JobGraph.Outcome outcome;
        if (top == null || !top.state().finished()) {
            outcome = JobGraph.Outcome.PENDING;
        } else if (failedAtOrBelow.contains(root)) {
            outcome = JobGraph.Outcome.FAILED;
        } else {
            outcome = canceled ? JobGraph.Outcome.CANCELED : JobGraph.Outcome.SUCCEEDED;
        }
        return new JobGraph(root, jobs, outcome, causes);
    }
}
