package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;

/**
 * Checks a whole store at rest: each job for itself, and that lists, counts, tokens and edges tell the same story.
 *
 * <p>Looks at jobs that are known by id. A store with more than {@value #MOST} of them is not looked at: the tests that make so many check it themselves.
 */
final class StoreCheck {
    private static final int MOST = 2_000;
    private static final int PAGE = 100;

    private final JobStore store;
    private final Map<JobId, JobStatus<RawJson>> jobs = new LinkedHashMap<>();
    private final SoftAssertions softly = new SoftAssertions();

    private StoreCheck(JobStore store) {
        this.store = store;
    }

    /** Fails if the store contradicts itself about the jobs that passed through it. */
    static void check(ObservedStore store) {
        if (store.ids().size() <= MOST) {
            new StoreCheck(store).check(store.ids(), store.tokens());
        }
    }

    private void check(Collection<JobId> ids, Collection<JobToken> tokens) {
        for (List<JobId> some : batches(ids)) {
            for (Optional<StoredJob> job : store.find(some, EnumSet.allOf(Part.class))) {
                job.ifPresent(j -> jobs.put(j.status().id(), j.status()));
            }
        }
        jobs.values().forEach(this::checkJob);
        checkTokens(tokens);
        checkLists();
        softly.assertAll();
    }

    private void checkJob(JobStatus<RawJson> job) {
        JobState state = job.state();
        String name = "job " + job.id() + ", " + state + ": ";
        softly.assertThat(job.times().finished().isPresent())
                .as(name + "has a finish time")
                .isEqualTo(state.finished());
        softly.assertThat(job.error().isPresent()).as(name + "has an error").isEqualTo(state == JobState.FAILED);
        softly.assertThat(job.cancelReason().isPresent())
                .as(name + "has a cancel reason")
                .isEqualTo(state == JobState.CANCELED);
        if (state != JobState.FAILED) {
            softly.assertThat(job.result().isPresent())
                    .as(name + "has a result")
                    .isEqualTo(state == JobState.SUCCEEDED);
        }
        if (state != JobState.RUNNING) {
            softly.assertThat(job.progress()).as(name + "progress").isEmpty();
        }
        checkAttempts(name, job);
        checkDependencies(name, job);
    }

    private void checkAttempts(String name, JobStatus<RawJson> job) {
        List<Attempt> attempts = job.attempts();
        boolean runs = job.state() == JobState.RUNNING;
        for (int i = 0; i < attempts.size(); i++) {
            boolean open = runs && i == attempts.size() - 1;
            softly.assertThat(attempts.get(i).end().isEmpty())
                    .as(name + "attempt " + i + " is open")
                    .isEqualTo(open);
            softly.assertThat(attempts.get(i).ended().isEmpty())
                    .as(name + "attempt " + i + " is open")
                    .isEqualTo(open);
        }
        softly.assertThat(runs && attempts.isEmpty())
                .as(name + "runs without an attempt")
                .isFalse();
    }

    private void checkDependencies(String name, JobStatus<RawJson> job) {
        boolean waits = false;
        for (DependencyOutcome<RawJson> dependency : job.dependencies()) {
            waits |= !dependency.state().finished();
            JobStatus<RawJson> known = jobs.get(dependency.id());
            if (known != null) {
                softly.assertThat(dependency.state())
                        .as(name + "state of dependency " + dependency.id())
                        .isEqualTo(known.state());
            }
            if (!job.state().finished() && dependency.required()) {
                softly.assertThat(dependency.state())
                        .as(name + "required dependency " + dependency.id())
                        .isNotIn(JobState.FAILED, JobState.CANCELED);
            }
        }
        if (!job.state().finished()) {
            softly.assertThat(job.state() == JobState.BLOCKED)
                    .as(name + "is blocked")
                    .isEqualTo(waits);
        }
    }

    /** A job runs under exactly one token, and only while it is RUNNING. */
    private void checkTokens(Collection<JobToken> tokens) {
        Set<JobId> held = new HashSet<>();
        for (List<JobToken> some : batches(tokens)) {
            for (Optional<ClaimedJob> running : store.running(some)) {
                running.ifPresent(r -> softly.assertThat(held.add(r.job().id()))
                        .as("job " + r.job().id() + " has one token")
                        .isTrue());
            }
        }
        held.retainAll(jobs.keySet());
        softly.assertThat(held).as("jobs with a token").containsExactlyInAnyOrderElementsOf(in(JobState.RUNNING));
    }

    private Set<JobId> in(JobState state) {
        Set<JobId> ids = new HashSet<>();
        jobs.values().stream().filter(j -> j.state() == state).forEach(j -> ids.add(j.id()));
        return ids;
    }

    private void checkLists() {
        Map<TypeChannel, Map<JobState, Set<JobId>>> expected = new HashMap<>();
        Map<TypeChannel, Set<JobId>> finished = new HashMap<>();
        for (JobStatus<RawJson> job : jobs.values()) {
            TypeChannel pair = new TypeChannel(job.type(), job.channel());
            finished.computeIfAbsent(pair, p -> new HashSet<>());
            expected.computeIfAbsent(pair, p -> new HashMap<>());
            (job.state().finished()
                            ? finished.get(pair)
                            : expected.get(pair).computeIfAbsent(job.state(), s -> new HashSet<>()))
                    .add(job.id());
        }
        Map<TypeChannel, Map<JobState, Long>> counts = new HashMap<>();
        for (JobCount count : store.counts()) {
            counts.computeIfAbsent(count.pair(), p -> new HashMap<>()).put(count.state(), count.count());
        }
        softly.assertThat(counts.keySet()).as("pairs with a count").isSubsetOf(expected.keySet());
        expected.forEach((pair, states) -> {
            Map<JobState, Long> sizes = new HashMap<>();
            states.forEach((state, ids) -> sizes.put(state, (long) ids.size()));
            softly.assertThat(counts.getOrDefault(pair, Map.of()))
                    .as("counts of " + pair)
                    .isEqualTo(sizes);
            for (JobState state : List.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING)) {
                softly.assertThat(list(new JobQuery(pair, Optional.of(state))))
                        .as("list of " + pair + ", " + state)
                        .containsExactlyInAnyOrderElementsOf(states.getOrDefault(state, Set.of()));
            }
            softly.assertThat(list(new JobQuery(pair, Optional.empty())))
                    .as("list of " + pair + ", finished")
                    .containsExactlyInAnyOrderElementsOf(finished.getOrDefault(pair, Set.of()));
            boolean paused = store.paused().stream().anyMatch(s -> s.covers(pair));
            Selector selector = new Selector(Set.of(pair.type()), Set.of(pair.channel()));
            softly.assertThat(store.ready(List.of(selector)))
                    .as("a claim of " + pair + " finds a job")
                    .containsExactly(!paused && states.containsKey(JobState.READY));
        });
    }

    private List<JobId> list(JobQuery query) {
        List<JobId> ids = new ArrayList<>();
        Page.Request request = Page.Request.first(PAGE);
        while (true) {
            Page<JobId> page = store.list(query, request);
            ids.addAll(page.items());
            if (page.next().isEmpty()) {
                return ids;
            }
            assertThat(ids.size()).as("jobs in the pages of " + query).isLessThanOrEqualTo(MOST + PAGE);
            request = request.after(page.next().get());
        }
    }

    private <T> List<List<T>> batches(Collection<T> all) {
        List<List<T>> batches = new ArrayList<>();
        List<T> items = all.stream().filter(Objects::nonNull).toList();
        int size = store.traits().maxBatch();
        for (int i = 0; i < items.size(); i += size) {
            batches.add(items.subList(i, Math.min(items.size(), i + size)));
        }
        return batches;
    }
}
