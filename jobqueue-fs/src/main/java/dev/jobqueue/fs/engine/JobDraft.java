package dev.jobqueue.fs.engine;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.event.Definition;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.StoreRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job to be stored, made ready by the caller: its event is written but for what the writer decides.
 *
 * @param offset of the event in the block of the call
 * @param edges the edges in effect if no unique key changes them
 * @param local for each edge the place in the graph of the job it names, -1 for a stored one; null if all are stored
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record JobDraft(
        NewJob given,
        long idHigh,
        long idLow,
        TypeChannel pair,
        JobOptions options,
        int offset,
        int length,
        List<Dependency> edges,
        int @Nullable [] local) {
    Job<RawJson> job() {
        return given.job();
    }

    JobId id() {
        return given.job().id();
    }

    /** Prepares a graph; its events are added to the block. */
    static List<JobDraft> graph(List<NewJob> graph, Utf8Out block) {
        List<JobDraft> drafts = new ArrayList<>(graph.size());
        boolean edged = graph.size() > 1
                && graph.stream().anyMatch(given -> !given.job().dependencies().isEmpty());
        Map<JobId, Integer> places = edged ? new HashMap<>() : Map.of();
        TypeChannel pair = null;
        for (NewJob given : graph) {
            Job<RawJson> job = given.job();
            JobOptions options = job.options().equals(JobOptions.DEFAULT) ? JobOptions.DEFAULT : job.options();
            if (pair == null
                    || !pair.type().equals(job.type())
                    || !pair.channel().equals(options.channel())) {
                pair = new TypeChannel(job.type(), options.channel());
            }
            List<Dependency> edges =
                    job.dependencies().isEmpty() ? List.of() : StoreRules.edges(job.dependencies(), id -> id);
            int offset = block.length();
            Definition.write(block, job, given.delay().toMillis(), edges);
            drafts.add(new JobDraft(
                    given,
                    job.id().value().getMostSignificantBits(),
                    job.id().value().getLeastSignificantBits(),
                    pair,
                    options,
                    offset,
                    block.length() - offset,
                    edges,
                    local(edges, places)));
            if (edged) {
                places.put(job.id(), places.size());
            }
        }
        return drafts;
    }

    private static int @Nullable [] local(List<Dependency> edges, Map<JobId, Integer> places) {
        int[] local = null;
        for (int i = 0; i < edges.size(); i++) {
            Integer place = places.isEmpty() ? null : places.get(edges.get(i).id());
            if (place != null && local == null) {
                local = new int[edges.size()];
                Arrays.fill(local, 0, i, -1);
            }
            if (local != null) {
                local[i] = place == null ? -1 : place;
            }
        }
        return local;
    }
}
