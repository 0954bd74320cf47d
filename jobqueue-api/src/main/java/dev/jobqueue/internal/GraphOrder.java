package dev.jobqueue.internal;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.RawJson;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the jobs of one call into list order, dependencies first (DEQ-1, ENQ-2): a depth-first walk in list order and in order of positions, without
 * recursion (DEP-9).
 */
final class GraphOrder {
    private enum Mark {
        NEW,
        OPEN,
        DONE
    }

    private final List<Job<RawJson>> jobs;
    private final Map<JobId, Integer> indexes;
    private final Mark[] marks;
    /** For an open job: the next position of its dependencies to look at. */
    private final int[] positions;

    private final List<Job<RawJson>> ordered;

    private GraphOrder(List<Job<RawJson>> jobs) {
        this.jobs = jobs;
        indexes = new HashMap<>(jobs.size() * 2);
        marks = new Mark[jobs.size()];
        positions = new int[jobs.size()];
        ordered = new ArrayList<>(jobs.size());
        for (int i = 0; i < jobs.size(); i++) {
            marks[i] = Mark.NEW;
            if (indexes.put(jobs.get(i).id(), i) != null) {
                throw new JobQueueException.Invalid(
                        "job " + jobs.get(i).id() + " stands twice in one call; use again() for another job");
            }
        }
    }

    /** @throws JobQueueException.Invalid if there is a cycle or the same id twice */
    static List<Job<RawJson>> of(List<Job<RawJson>> jobs) {
        if (independent(jobs)) {
            return jobs;
        }
        GraphOrder order = new GraphOrder(jobs);
        for (int i = 0; i < jobs.size(); i++) {
            order.visit(i);
        }
        return order.ordered;
    }

    /** Whether there is nothing to order, and ids that rise, as those made one after the other do, so that none stands twice. */
    private static boolean independent(List<Job<RawJson>> jobs) {
        JobId before = null;
        for (Job<RawJson> job : jobs) {
            if (!job.dependencies().isEmpty() || (before != null && before.compareTo(job.id()) >= 0)) {
                return false;
            }
            before = job.id();
        }
        return true;
    }

    private void visit(int start) {
        if (marks[start] != Mark.NEW) {
            return;
        }
        Deque<Integer> path = new ArrayDeque<>();
        open(start, path);
        while (!path.isEmpty()) {
            int current = path.peekLast();
            List<Dependency> dependencies = jobs.get(current).dependencies();
            if (positions[current] == dependencies.size()) {
                marks[current] = Mark.DONE;
                ordered.add(jobs.get(current));
                path.removeLast();
                continue;
            }
            Integer next = indexes.get(dependencies.get(positions[current]++).id());
            if (next == null || marks[next] == Mark.DONE) {
                continue;
            }
            if (marks[next] == Mark.OPEN) {
                throw new JobQueueException.Invalid("the jobs depend on each other in a cycle: " + cycle(path, next));
            }
            open(next, path);
        }
    }

    private void open(int index, Deque<Integer> path) {
        marks[index] = Mark.OPEN;
        path.addLast(index);
    }

    private String cycle(Deque<Integer> path, int end) {
        StringBuilder text = new StringBuilder();
        boolean inside = false;
        int named = 0;
        for (int index : path) {
            inside |= index == end;
            if (inside && named++ < 10) {
                text.append(jobs.get(index).id()).append(" needs ");
            }
        }
        return text.append(named > 10 ? "... needs " : "")
                .append(jobs.get(end).id())
                .toString();
    }
}
