package dev.jobqueue.examples.composer.statuspage;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.Explanation;
import dev.jobqueue.Job;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeArgs;
import dev.jobqueue.examples.composer.statuspage.ComposeView.Fact;
import dev.jobqueue.examples.composer.statuspage.JobView.AttemptView;
import dev.jobqueue.examples.composer.statuspage.JobView.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads composes for the page. What is final is kept for the next look: finished jobs, and what composes were given. Thread-safe.
 */
final class Composes {
    /** A compose with more jobs is shown without the others. */
    static final int MOST_JOBS = 100;

    private static final int MOST_IMAGES = 6;
    private static final int MOST_KEPT = 5_000;

    private final JobQueue queue;
    private final ComposerJobs jobs;
    private final Cache<JobId, Given> given =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();
    private final Cache<JobId, JobView> finished =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    /** What a compose was given, as far as it is shown. */
    private record Given(String title, List<Fact> facts) {}

    Composes(JobQueue queue) {
        this.queue = queue;
        jobs = new ComposerJobs(queue);
    }

    /** The compose in the list; empty if it is no more. */
    Optional<ComposeRow> row(RecentComposes.Seen compose) {
        try {
            JobGraph graph = queue.graph(compose.id());
            List<ComposeRow.Image> images = graph.jobs().values().stream()
                    .filter(job -> builds(job.type()))
                    .sorted(Comparator.comparing(JobGraph.Node::id))
                    .map(job -> new ComposeRow.Image(job.type().variant().orElse(""), Look.of(job.state())))
                    .toList();
            return Optional.of(new ComposeRow(
                    compose.id(),
                    given(compose.id(), root(graph).type()).title(),
                    koji(root(graph).type()),
                    Look.of(graph),
                    images.subList(0, Math.min(images.size(), MOST_IMAGES)),
                    Math.max(0, images.size() - MOST_IMAGES),
                    Moment.of(compose.enqueued()),
                    compose.finished().map(Moment::of).orElse(null),
                    took(Optional.of(compose.enqueued()), compose.finished())));
        } catch (JobQueueException.NotFound e) {
            return Optional.empty();
        }
    }

    /** The compose with its jobs; empty if there is none with this id on this channel. */
    Optional<ComposeView> compose(JobId id, String channel) {
        try {
            JobStatus<RawJson> root = queue.status(id);
            if (!root.channel().equals(channel) || !standsForCompose(root.type())) {
                return Optional.empty();
            }
            return Optional.of(view(root, queue.graph(id)));
        } catch (JobQueueException.NotFound e) {
            return Optional.empty();
        }
    }

    private ComposeView view(JobStatus<RawJson> root, JobGraph graph) {
        List<JobGraph.Node> nodes = ordered(graph);
        List<JobView> views = nodes.stream().map(this::job).toList();
        Set<JobId> causes = new HashSet<>(graph.causes());
        Given what = given(root.id(), root.type());
        return new ComposeView(
                root.id(),
                what.title(),
                koji(root.type()),
                Look.of(graph),
                Moment.of(root.times().enqueued()),
                root.times().finished().map(Moment::of).orElse(null),
                took(Optional.of(root.times().enqueued()), root.times().finished()),
                what.facts(),
                GraphView.of(views),
                graph.jobs().size() - views.size(),
                views.stream().filter(job -> causes.contains(job.id())).toList());
    }

    private static JobGraph.Node root(JobGraph graph) {
        return requireNonNull(graph.jobs().get(graph.root()));
    }

    // ---- types

    private static boolean standsForCompose(TypeName type) {
        return builds(type) || JobTypes.KOJI_FINALIZE.name().covers(type);
    }

    private static boolean builds(TypeName type) {
        return JobTypes.OSBUILD.name().covers(type)
                || JobTypes.OSBUILD_KOJI.name().covers(type);
    }

    private static boolean koji(TypeName type) {
        return !JobTypes.OSBUILD.name().covers(type);
    }

    // ---- what it was given

    private Given given(JobId id, TypeName type) {
        return given.get(id, key -> {
            Job<RawJson> job = queue.job(key);
            return JobTypes.KOJI_FINALIZE.name().covers(type) ? ofKoji(job) : ofBuild(job.args());
        });
    }

    private static Given ofKoji(Job<RawJson> job) {
        KojiFinalizeArgs args;
        try {
            args = JobTypes.KOJI_FINALIZE.decodeArgs(job.args());
        } catch (JobQueueException.Undecodable e) {
            return new Given("", List.of());
        }
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("Koji hub", args.server()));
        facts.add(new Fact("Koji task", Long.toString(args.taskId())));
        facts.add(new Fact("Images", String.join(", ", args.kojiFilenames())));
        return new Given(args.name() + "-" + args.version() + "-" + args.release(), facts);
    }

    private static Given ofBuild(RawJson args) {
        JsonNode json = ComposerJson.tree(args);
        List<Fact> facts = new ArrayList<>();
        add(facts, "Exports", json.path("exports"));
        List<String> pipelines = new ArrayList<>();
        json.path("manifest")
                .path("pipelines")
                .forEach(pipeline -> pipelines.add(pipeline.path("name").asString("")));
        if (!pipelines.isEmpty()) {
            facts.add(new Fact("Pipelines", ErrorView.shortened(String.join(", ", pipelines))));
        }
        return new Given(json.path("image_name").asString(""), facts);
    }

    private static void add(List<Fact> facts, String name, JsonNode texts) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.add(text.asString("")));
        if (!all.isEmpty()) {
            facts.add(new Fact(name, ErrorView.shortened(String.join(", ", all))));
        }
    }

    // ---- jobs

    /** Each job after those that it needs, else in the order of their ids; the root is the last one also if some are left out. */
    private static List<JobGraph.Node> ordered(JobGraph graph) {
        Map<JobId, List<JobGraph.Node>> dependents = new HashMap<>();
        Map<JobId, Integer> missing = new HashMap<>();
        PriorityQueue<JobGraph.Node> next = new PriorityQueue<>(Comparator.comparing(JobGraph.Node::id));
        for (JobGraph.Node node : graph.jobs().values()) {
            List<JobId> needs = needs(node);
            needs.forEach(need ->
                    dependents.computeIfAbsent(need, id -> new ArrayList<>()).add(node));
            missing.put(node.id(), needs.size());
            if (needs.isEmpty()) {
                next.add(node);
            }
        }
        List<JobGraph.Node> ordered = new ArrayList<>();
        while (!next.isEmpty() && ordered.size() < MOST_JOBS - 1) {
            JobGraph.Node node = next.remove();
            ordered.add(node);
            for (JobGraph.Node dependent : dependents.getOrDefault(node.id(), List.of())) {
                if (missing.merge(dependent.id(), -1, Integer::sum) == 0) {
                    next.add(dependent);
                }
            }
        }
        if (!ordered.contains(root(graph))) {
            ordered.add(root(graph));
        }
        return ordered;
    }

    private static List<JobId> needs(JobGraph.Node node) {
        return node.dependencies().stream().map(Dependency::id).distinct().toList();
    }

    private JobView job(JobGraph.Node node) {
        JobView known = finished.getIfPresent(node.id());
        if (known != null) {
            return known;
        }
        JobView view = view(queue.status(node.id()), needs(node));
        if (node.state().finished()) {
            finished.put(node.id(), view);
        }
        return view;
    }

    private JobView view(JobStatus<RawJson> status, List<JobId> needs) {
        Optional<Explanation> why =
                status.state().pending() ? Optional.of(queue.explain(status.id())) : Optional.empty();
        Optional<ErrorView> error = Optional.empty();
        boolean unreadable = false;
        if (status.state() == JobState.FAILED || status.state() == JobState.SUCCEEDED) {
            try {
                error = jobs.error(status.id()).map(ErrorView::of);
            } catch (JobQueueException.Undecodable e) {
                unreadable = true;
                error = status.error().map(ErrorView::of);
            }
        }
        return new JobView(
                status.id(),
                status.type().family(),
                status.type().variant().orElse(""),
                Look.of(status.state()),
                needs,
                Moment.of(status.times().enqueued()),
                status.times().finished().map(Moment::of).orElse(null),
                why.filter(e -> e.waitingFor().isEmpty()).map(Explanation::text).orElse(""),
                why.map(Explanation::waitingFor).orElse(List.of()),
                status.progress().map(Composes::progress).orElse(null),
                status.attempts().stream().map(Composes::attempt).toList(),
                error.orElse(null),
                status.cancelReason().map(ErrorView::shortened).orElse(""),
                unreadable);
    }

    private static AttemptView attempt(Attempt attempt) {
        return new AttemptView(
                attempt.number(),
                attempt.worker(),
                Moment.of(attempt.started()),
                took(Optional.of(attempt.started()), attempt.ended()),
                attempt.end().map(Composes::words).orElse(""),
                attempt.end().map(Composes::look).orElse(Look.RUNNING),
                attempt.error().map(ErrorView::of).orElse(null));
    }

    private static String words(Attempt.End end) {
        return switch (end) {
            case SUCCEEDED -> "succeeded";
            case FAILED -> "failed";
            case RELEASED -> "given back";
            case HEARTBEAT_LOST -> "worker lost";
            case TIMED_OUT -> "timed out";
            case CANCELED -> "canceled";
        };
    }

    private static Look look(Attempt.End end) {
        return switch (end) {
            case SUCCEEDED -> Look.SUCCEEDED;
            case FAILED, HEARTBEAT_LOST, TIMED_OUT -> Look.FAILED;
            case RELEASED, CANCELED -> Look.CANCELED;
        };
    }

    /** Workers of this service report a message, and how many steps of how many are done. */
    private static Progress progress(RawJson report) {
        JsonNode json = ComposerJson.tree(report);
        long done = json.path("done").asLong(0);
        long total = json.path("total").asLong(0);
        boolean known = total > 0 && done >= 0 && done <= total;
        String message = json.path("message").asString("");
        String text = message.isEmpty() && !known ? report.toString() : message;
        return new Progress(known ? done : 0, known ? total : 0, ErrorView.shortened(text));
    }

    private static String took(Optional<Instant> from, Optional<Instant> to) {
        return from.isPresent() && to.isPresent() ? Moment.words(Duration.between(from.get(), to.get())) : "";
    }
}
