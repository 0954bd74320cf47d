package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** All composes, by the jobs that stand for them: builds by themselves, and koji-finalize. Reads them all, each time. */
final class ComposeList {
    private static final int PAGE = 1_000;

    private final JobQueue queue;
    private final List<TypeName> types = new ArrayList<>();

    ComposeList(JobQueue queue, Collection<String> architectures) {
        this.queue = queue;
        types.add(JobTypes.KOJI_FINALIZE.name());
        architectures.forEach(
                architecture -> types.add(JobTypes.OSBUILD.variant(architecture).name()));
    }

    /** The ids of those on a channel, newest first. */
    List<JobId> ids(String channel) {
        // A job that moves on while this reads shows up in two lists, and in the later one for sure.
        Set<JobId> ids = new HashSet<>();
        for (TypeName type : types) {
            for (JobState state : List.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING)) {
                collect(JobQuery.unfinished(type, channel, state), ids);
            }
            collect(JobQuery.finished(type, channel), ids);
        }
        return ids.stream().sorted(Comparator.reverseOrder()).toList();
    }

    private void collect(JobQuery query, Set<JobId> ids) {
        Page<JobStatus<RawJson>> page = queue.list(query, Page.Request.first(PAGE));
        page.items().forEach(status -> ids.add(status.id()));
        for (Optional<String> next = page.next(); next.isPresent(); next = page.next()) {
            page = queue.list(query, Page.Request.first(PAGE).after(next.get()));
            page.items().forEach(status -> ids.add(status.id()));
        }
    }
}
