package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Explanation;
import dev.jobqueue.Explanation.Reason;
import dev.jobqueue.Job;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobTimes;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules QRY-1, QRY-2, QRY-4 and QRY-5: what readers see. */
@Tag(Level.MUST)
public abstract class QueryContract extends AreaContract {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private Instant after(Instant start, int seconds) {
        return start.plusSeconds(seconds);
    }

    @Test
    @DisplayName("QRY-1 [must]: the times of a job, from enqueue to finish; absent ones are empty")
    void timesOfAJob() {
        Instant start = clock.now();
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.job(null)
                .dependsOn(dependency)
                .delay(Duration.ofSeconds(3))
                .attempts(2, Backoff.NONE));
        assertTimes(id, start, null, null, null, null);
        pass(SECOND);
        succeed(dependency);
        assertTimes(id, start, after(start, 1), after(start, 3), null, null);
        pass(SECOND.multipliedBy(4));
        assertTimes(id, start, after(start, 1), after(start, 3), after(start, 3), null);
        RunningJob<RawJson, RawJson> job = take(id);
        pass(SECOND);
        fail(job);
        assertTimes(id, start, after(start, 1), after(start, 3), after(start, 6), null);
        pass(SECOND);
        take(id).release(SECOND.multipliedBy(2));
        assertThat(queue.status(id).times().due()).contains(after(start, 9));
        pass(SECOND.multipliedBy(3));
        succeed(id);
        assertTimes(id, start, after(start, 1), after(start, 9), after(start, 9), after(start, 10));
        assertTimes(dependency, start, start, null, start, after(start, 1));
    }

    private void assertTimes(
            JobId id,
            Instant enqueued,
            @Nullable Instant unblocked,
            @Nullable Instant due,
            @Nullable Instant ready,
            @Nullable Instant finished) {
        assertThat(queue.status(id).times())
                .isEqualTo(new JobTimes(
                        enqueued,
                        Optional.ofNullable(unblocked),
                        Optional.ofNullable(due),
                        Optional.ofNullable(ready),
                        Optional.ofNullable(finished)));
    }

    @Test
    @DisplayName("QRY-1 [must]: status works in every state, with what belongs to it")
    void statusInEveryState() {
        JobId dependency = enqueue(OTHER);
        JobId id = enqueue(BUILD.variant("v").job(null).channel("c").dependsOn(dependency));
        JobStatus<RawJson> blocked = queue.status(id);
        assertThat(blocked.id()).isEqualTo(id);
        assertThat(blocked.type()).isEqualTo(BUILD.variant("v").name());
        assertThat(blocked.channel()).isEqualTo("c");
        assertThat(blocked.state()).isEqualTo(JobState.BLOCKED);
        succeed(dependency);
        assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
        RunningJob<RawJson, RawJson> job = take(id);
        job.report(1);
        JobStatus<RawJson> running = queue.status(id);
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.attempts()).hasSize(1);
        assertThat(running.progress()).contains(number(1));
        job.succeed(number(2));
        JobStatus<RawJson> succeeded = queue.status(id);
        assertThat(succeeded.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(succeeded.result()).contains(number(2));
        assertThat(succeeded.dependencies()).hasSize(1);
    }

    @Test
    @DisplayName("QRY-1 [must]: a reader gets the parts it asks for, at its position, unknown ids are empty")
    void partsThatAreAskedFor() {
        JobId dependency = enqueue(OTHER);
        succeed(dependency);
        JobId id = enqueue(BUILD.job(number(1)).dependsOn(dependency));
        take(id).succeed(number(2));
        List<JobId> ids = List.of(JobId.create(), id, dependency, id);
        List<Optional<StoredJob>> all = store.find(ids, EnumSet.allOf(Part.class));
        assertThat(all).extracting(Optional::isPresent).containsExactly(false, true, true, true);
        assertThat(all.get(1)).isEqualTo(all.get(3));
        assertThat(all.get(1).orElseThrow().definition().orElseThrow().args()).isEqualTo(number(1));
        StoredJob bare = store.find(List.of(id), Set.of()).get(0).orElseThrow();
        assertThat(bare.definition()).isEmpty();
        assertThat(bare.status().dependencies()).isEmpty();
        assertThat(bare.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(bare.status().attempts()).hasSize(1);
        StoredJob result = store.find(List.of(id), Set.of(Part.RESULT)).get(0).orElseThrow();
        assertThat(result.status().result()).contains(number(2));
    }

    @Test
    @DisplayName("QRY-2 [must]: lists by type, channel and state, in enqueue order, by pages")
    void listsInEnqueueOrder() {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(enqueue(BUILD.job(null).priority(i % 3)));
            enqueue(TEST);
            enqueue(BUILD.job(null).channel("c"));
            enqueue(BUILD.job(null).delay(SECOND));
        }
        JobQuery query = JobQuery.unfinished(BUILD.name(), "default", JobState.READY);
        List<List<JobId>> pages = new ArrayList<>();
        Page.Request request = Page.Request.first(10);
        for (Optional<Page.Request> next = Optional.of(request); next.isPresent(); ) {
            Page<JobStatus<RawJson>> page = queue.list(query, next.get());
            pages.add(page.items().stream().map(JobStatus::id).toList());
            next = page.next().map(request::after);
        }
        assertThat(pages).extracting(List::size).containsExactly(10, 10, 5);
        assertThat(pages.stream().flatMap(List::stream)).containsExactlyElementsOf(ids);
    }

    @Test
    @DisplayName("QRY-2 [must]: a page goes on behind the last one, though jobs have left or come meanwhile")
    void pagesGoOnBehindTheLastOne() {
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 6);
        requests.forEach(queue::enqueue);
        JobQuery query = JobQuery.unfinished(BUILD.name(), "default", JobState.READY);
        Page<JobStatus<RawJson>> first = queue.list(query, Page.Request.first(3));
        take(requests.get(0).id());
        take(requests.get(1).id());
        take(requests.get(2).id());
        JobId late = enqueue(BUILD);
        Page<JobStatus<RawJson>> second = queue.list(query, new Page.Request(10, first.next()));
        assertThat(second.items())
                .extracting(JobStatus::id)
                .containsExactly(
                        requests.get(3).id(),
                        requests.get(4).id(),
                        requests.get(5).id(),
                        late);
        assertThat(second.next()).isEmpty();
    }

    @Test
    @DisplayName("QRY-2 [must]: finished jobs are listed together, by finish time, then enqueue order")
    void finishedJobsByFinishTime() {
        List<JobId> ids = ids(requests(BUILD, 6));
        ids.forEach(id -> enqueue(BUILD.job(null).id(id)));
        enqueue(TEST);
        succeed(take(TEST));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(6);
        for (int i : new int[] {3, 5}) {
            succeed(jobs.get(i));
            pass(SECOND);
        }
        fail(jobs.get(4));
        queue.cancel(ids.get(0), "");
        pass(SECOND);
        succeed(jobs.get(2));
        JobQuery query = JobQuery.finished(BUILD.name(), "default");
        Page<JobStatus<RawJson>> first = queue.list(query, Page.Request.first(3));
        assertThat(first.items()).extracting(JobStatus::id).containsExactly(ids.get(3), ids.get(5), ids.get(0));
        Page<JobStatus<RawJson>> second = queue.list(query, new Page.Request(3, first.next()));
        assertThat(second.items()).extracting(JobStatus::id).containsExactly(ids.get(4), ids.get(2));
    }

    @Test
    @DisplayName("QRY-2 [must]: counts are exact for unfinished states and leave finished jobs out")
    void countsAreExact() {
        assertThat(queue.counts()).isEmpty();
        JobId dependency = enqueue(OTHER);
        for (int i = 0; i < 3; i++) {
            enqueue(BUILD.job(null).channel("c").dependsOn(dependency));
            enqueue(BUILD.job(null).delay(SECOND));
            enqueue(BUILD);
        }
        take(BUILD);
        TypeChannel inC = new TypeChannel(BUILD.name(), "c");
        assertThat(queue.counts())
                .containsExactlyInAnyOrder(
                        new JobCount(pair(OTHER), JobState.READY, 1),
                        new JobCount(inC, JobState.BLOCKED, 3),
                        new JobCount(pair(BUILD), JobState.SCHEDULED, 3),
                        new JobCount(pair(BUILD), JobState.READY, 2),
                        new JobCount(pair(BUILD), JobState.RUNNING, 1));
        succeed(dependency);
        pass(SECOND);
        assertThat(queue.counts())
                .containsExactlyInAnyOrder(
                        new JobCount(inC, JobState.READY, 3),
                        new JobCount(pair(BUILD), JobState.READY, 5),
                        new JobCount(pair(BUILD), JobState.RUNNING, 1));
    }

    @Test
    @DisplayName("QRY-2 [must]: the dependents of a job, in enqueue order, each once, by pages")
    void dependentsByPages() {
        JobId root = enqueue(OTHER);
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(enqueue(BUILD.job(null).dependsOn(root, root).requires(root).priority(i % 2)));
            enqueue(BUILD.job(null).dependsOn(ids.get(i)));
        }
        List<JobId> found = new ArrayList<>();
        Page.Request request = Page.Request.first(10);
        for (Optional<Page.Request> next = Optional.of(request); next.isPresent(); ) {
            Page<JobId> page = queue.dependents(root, next.get());
            found.addAll(page.items());
            next = page.next().map(request::after);
        }
        assertThat(found).containsExactlyElementsOf(ids);
        succeed(root);
        succeed(ids.get(1));
        assertThat(queue.dependents(root, Page.Request.first(2)).items()).containsExactly(ids.get(0), ids.get(1));
    }

    @Test
    @DisplayName("QRY-4 [must]: explain says why a job is not running")
    void explainSaysWhy() {
        List<JobId> dependencies = ids(requests(OTHER, 3));
        dependencies.forEach(d -> enqueue(OTHER.job(null).id(d)));
        JobId id = enqueue(BUILD.job(null).dependencies(dependencies, false).delay(SECOND.multipliedBy(10)));
        succeed(dependencies.get(0));
        Explanation blocked = queue.explain(id);
        assertThat(blocked.reason()).isEqualTo(Reason.WAITING_FOR_DEPENDENCIES);
        assertThat(blocked.waitingFor()).containsExactly(dependencies.get(1), dependencies.get(2));
        assertThat(blocked.text()).contains(dependencies.get(1).toString());
        succeed(dependencies.get(1), dependencies.get(2));
        Explanation scheduled = queue.explain(id);
        assertThat(scheduled.reason()).isEqualTo(Reason.SCHEDULED);
        assertThat(scheduled.at()).isEqualTo(queue.status(id).times().due());
        pass(SECOND.multipliedBy(10));
        queue.pause(new PauseScope.Family("build"));
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.PAUSED);
        queue.resume(new PauseScope.Family("build"));
        RunningJob<RawJson, RawJson> job = take(id);
        Explanation running = queue.explain(id);
        assertThat(running.reason()).isEqualTo(Reason.RUNNING);
        assertThat(running.at()).contains(clock.now());
        pass(SECOND);
        succeed(job);
        Explanation finished = queue.explain(id);
        assertThat(finished.reason()).isEqualTo(Reason.FINISHED);
        assertThat(finished.at()).contains(clock.now());
        assertThat(finished.text()).contains("SUCCEEDED");
    }

    @Test
    @DisplayName(
            "QRY-4 [must]: a ready job says whether anybody has asked for its type and channel in the last 5 minutes")
    void explainKnowsTheDemand() {
        JobId id = enqueue(BUILD.job(null).channel("c"));
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.NO_DEMAND);
        store.demand(List.of(Selector.of(BUILD), Selector.of(TEST).anyChannel()));
        assertThat(queue.explain(id).reason())
                .as("another channel, another type")
                .isEqualTo(Reason.NO_DEMAND);
        store.demand(List.of(Selector.of(BUILD, TEST).anyChannel()));
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.QUEUED);
        pass(Duration.ofMinutes(5).plus(TICK));
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.NO_DEMAND);
        store.demand(List.of(Selector.of(BUILD).channels("b", "c")));
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.QUEUED);
    }

    @Test
    @DisplayName("QRY-4 [must]: a dequeue is a demand")
    void dequeueIsADemand() {
        assertThat(store.sinceDemand(pair(BUILD))).isEmpty();
        assertThat(tryTake(Selector.of(BUILD))).isEmpty();
        JobId id = enqueue(BUILD);
        assertThat(queue.explain(id).reason()).isEqualTo(Reason.QUEUED);
        pass(SECOND);
        assertThat(store.sinceDemand(pair(BUILD))).contains(SECOND);
        assertThat(store.sinceDemand(pair(TEST))).isEmpty();
    }

    @Test
    @DisplayName("QRY-5 [must]: job gives in every state exactly what was given at enqueue")
    void jobGivesWhatWasGiven() {
        JobId dependency = enqueue(OTHER);
        JobRequest<RawJson, RawJson> request = BUILD.variant("v")
                .job(RawJson.of("{\"b\":1, \"a\":2}"))
                .dependsOn(dependency)
                .requires(dependency)
                .channel("c")
                .priority(-7)
                .attempts(3, new Backoff(SECOND, Duration.ofHours(1), 1.5))
                .recoveries(5)
                .notBefore(clock.now().plusSeconds(10))
                .timeout(Duration.ofMillis(12_345))
                .uniqueKey("key");
        Job<RawJson> job = request.job();
        enqueue(request);
        assertThat(queue.job(request.id())).isEqualTo(job);
        succeed(dependency);
        assertThat(queue.job(request.id())).isEqualTo(job);
        pass(SECOND.multipliedBy(10));
        RunningJob<RawJson, RawJson> running = take(request.id());
        assertThat(running.job()).isEqualTo(job);
        assertThat(queue.job(request.id())).isEqualTo(job);
        fail(running);
        assertThat(queue.job(request.id())).isEqualTo(job);
        queue.finishPending(request.id(), new JobOutcome.Succeeded(RawJson.NULL));
        assertThat(queue.job(request.id())).isEqualTo(job);
        assertThat(queue.job(BUILD, request.id()).args()).isEqualTo(job.args());
    }
}
