package dev.jobqueue.testkit.model;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.Page;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Everything that can be read of a store, by what was asked. */
final class Snapshot {
    private final JobStore store;
    private final Map<String, Object> answers = new LinkedHashMap<>();

    private Snapshot(JobStore store) {
        this.store = store;
    }

    /** What takes few calls: to be read after every operation. */
    static Map<String, Object> quick(JobStore store, World world) {
        Snapshot snapshot = new Snapshot(store);
        snapshot.readJobs(world.ids());
        snapshot.readRunning(world);
        return snapshot.answers;
    }

    /** All of it. */
    static Map<String, Object> full(JobStore store, World world) {
        Snapshot snapshot = new Snapshot(store);
        snapshot.readJobs(world.ids());
        snapshot.readRunning(world);
        snapshot.readParts(world.ids());
        world.ids().forEach(snapshot::readGraph);
        Samples.PAIRS.forEach(snapshot::readPair);
        snapshot.put("ready", store.ready(Samples.SELECTORS));
        return snapshot.answers;
    }

    private void readJobs(List<JobId> ids) {
        List<Optional<StoredJob>> found = store.find(ids, EnumSet.allOf(Part.class));
        for (int i = 0; i < ids.size(); i++) {
            put("job " + ids.get(i), found.get(i));
        }
    }

    private void readParts(List<JobId> ids) {
        put("jobs without parts", store.find(ids, EnumSet.noneOf(Part.class)));
        for (Part part : Part.values()) {
            put("jobs with " + part, store.find(ids, EnumSet.of(part)));
        }
    }

    private void readRunning(World world) {
        put("running", store.running(world.tokens()));
        put("jobs of tokens", store.jobsOf(world.tokens()));
        put("stale", store.stale(Duration.ZERO, 1_000));
        put("stale, two", store.stale(Duration.ofMinutes(1), 2));
        put("paused", store.paused());
        var counts = store.counts();
        put("counts", new HashSet<>(counts));
        put("number of counts", counts.size());
    }

    private void readGraph(JobId id) {
        put("dependents of " + id, readPages(page -> store.dependents(id, page), 2));
        put("closure of " + id, store.closure(id, 10_000));
        Answer<?> closure = store.closure(id, 3);
        put("closure of at most 3 of " + id, closure);
    }

    private void readPair(TypeChannel pair) {
        String channel = pair.channel();
        put("finished " + pair, readPages(page -> list(JobQuery.finished(pair.type(), channel), page), 3));
        Stream.of(JobState.values()).filter(state -> !state.finished()).forEach(state -> {
            JobQuery query = JobQuery.unfinished(pair.type(), channel, state);
            put(state + " " + pair, readPages(page -> list(query, page), 3));
        });
        put("demand of " + pair, store.sinceDemand(pair));
        Selector selector = Selector.of(List.of(pair.type())).channels(channel);
        put("ready " + pair, store.ready(List.of(selector)));
    }

    private Answer<Page<JobId>> list(JobQuery query, Page.Request request) {
        return Answer.accepted(store.list(query, request));
    }

    /** The items of each page, so that also the breaks are compared. */
    private static Object readPages(Function<Page.Request, Answer<Page<JobId>>> read, int size) {
        List<Object> pages = new ArrayList<>();
        Optional<Page.Request> request = Optional.of(Page.Request.first(size));
        while (request.isPresent()) {
            Page.Request asked = request.get();
            if (!(read.apply(asked) instanceof Answer.Accepted<Page<JobId>> accepted)) {
                return "refused";
            }
            pages.add(accepted.value().items());
            request = accepted.value().next().map(asked::after);
        }
        return pages;
    }

    private void put(String question, Object answer) {
        answers.put(question, answer);
    }
}
