package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rule QRY-3: pause and resume. */
@Tag(Level.MUST)
public abstract class PauseContract extends AreaContract {
    private static final JobType<RawJson, RawJson> VARIANT = BUILD.variant("v");
    private static final Selector EVERYTHING = Selector.of(BUILD, VARIANT, TEST).anyChannel();

    @Test
    @DisplayName("QRY-3 [must]: a channel, a full type name or a family is paused, and nothing else")
    void scopes() {
        JobId build = enqueue(BUILD);
        JobId variant = enqueue(VARIANT);
        JobId test = enqueue(TEST);
        JobId inC = enqueue(BUILD.job(null).channel("c"));
        assertTaken(new PauseScope.Channel("c"), List.of(build, variant, test));
        assertTaken(new PauseScope.Channel("default"), List.of(inC));
        assertTaken(new PauseScope.Type(BUILD.name()), List.of(variant, test));
        assertTaken(new PauseScope.Type(VARIANT.name()), List.of(build, test, inC));
        assertTaken(new PauseScope.Family("build"), List.of(test));
        assertTaken(new PauseScope.Family("buil"), List.of(build, variant, test, inC));
    }

    /** Pauses, takes what comes, gives it back and resumes. */
    private void assertTaken(PauseScope scope, List<JobId> expected) {
        queue.pause(scope);
        assertThat(queue.paused()).containsExactly(scope);
        List<RunningJob<RawJson, RawJson>> jobs = new ArrayList<>();
        for (var next = tryTake(EVERYTHING); next.isPresent(); next = tryTake(EVERYTHING)) {
            jobs.add(next.get());
        }
        assertThat(jobs).as("jobs beside " + scope).extracting(RunningJob::id).containsExactlyElementsOf(expected);
        jobs.forEach(job -> job.release(NOW));
        queue.resume(scope);
        assertThat(queue.paused()).isEmpty();
    }

    @Test
    @DisplayName("QRY-3 [must]: a paused job is not given by id neither")
    void pausedJobIsNotGivenById() {
        JobId id = enqueue(BUILD);
        queue.pause(new PauseScope.Type(BUILD.name()));
        assertThatThrownBy(() -> queue.dequeue(BUILD, id)).isInstanceOf(JobQueueException.Paused.class);
        assertThat(state(id)).isEqualTo(JobState.READY);
        assertThat(store.ready(List.of(ALL))).containsExactly(false);
        queue.resume(new PauseScope.Type(BUILD.name()));
        assertThat(store.ready(List.of(ALL))).containsExactly(true);
        assertThat(queue.dequeue(BUILD, id).id()).isEqualTo(id);
    }

    @Test
    @DisplayName("QRY-3 [must]: running jobs, enqueue, finish, retries and sweeps go on")
    void everythingElseGoesOn() {
        JobId finishes = enqueue(BUILD);
        JobId fails = enqueue(BUILD.job(null).attempts(2, Backoff.NONE));
        JobId lost = enqueue(BUILD);
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(3);
        queue.pause(new PauseScope.Channel("default"));
        JobId after = enqueue(BUILD.job(null).dependsOn(finishes));
        pass(LIMIT);
        assertThat(jobs.get(0).heartbeat()).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(jobs.get(0).report(1)).isEqualTo(TokenAnswer.CONTINUE);
        succeed(jobs.get(0));
        fail(jobs.get(1));
        pass(TICK);
        assertThat(queue.expire(10)).containsExactly(lost);
        assertThat(states(List.of(after, fails, lost))).containsOnly(JobState.READY);
        assertNothingReady();
        queue.resume(new PauseScope.Channel("default"));
        assertThat(takeAll()).containsExactly(fails, lost, after);
    }

    @Test
    @DisplayName("QRY-3 [must]: scopes are a set: pausing twice is once, resuming another one changes nothing")
    void scopesAreASet() {
        JobId id = enqueue(BUILD);
        PauseScope type = new PauseScope.Type(BUILD.name());
        PauseScope family = new PauseScope.Family("build");
        queue.pause(type);
        queue.pause(type);
        queue.pause(family);
        assertThat(queue.paused()).containsExactlyInAnyOrder(type, family);
        queue.resume(type);
        queue.resume(new PauseScope.Channel("default"));
        assertThat(queue.paused()).containsExactly(family);
        assertNothingReady();
        assertThat(store.resume(family).changes().ready()).isEqualTo(Map.of(pair(BUILD), 1));
        assertThat(takeAll()).containsExactly(id);
    }

    @Test
    @DisplayName("QRY-3, DEQ-5 [must]: resume names the pairs that can be claimed again, but for another pause")
    void resumeNamesThePairs() {
        enqueue(BUILD);
        enqueue(BUILD.job(null).channel("c"));
        enqueue(BUILD.job(null).channel("c"));
        enqueue(BUILD.job(null).channel("d").delay(Duration.ofSeconds(1)));
        PauseScope family = new PauseScope.Family("build");
        PauseScope channel = new PauseScope.Channel("default");
        queue.pause(family);
        queue.pause(channel);
        assertThat(store.resume(family).changes().ready()).isEqualTo(Map.of(new TypeChannel(BUILD.name(), "c"), 2));
        assertThat(store.resume(channel).changes().ready()).isEqualTo(Map.of(pair(BUILD), 1));
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("QRY-3 [must, stochastic]: a claim that starts after pause has returned gives none")
    void noClaimAfterPause() throws Exception {
        queue.enqueueAll(requests(BUILD, 50));
        PauseScope scope = new PauseScope.Channel("default");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger taken = new AtomicInteger();
        Crew<Integer> crew = new Crew<>(fixture.soon(), 4, i -> () -> {
            while (!stop.get()) {
                JobToken token = JobToken.create();
                if (!claim(store, ALL, token).jobs().isEmpty()) {
                    taken.incrementAndGet();
                    queue.finish(token, new JobOutcome.Released(NOW));
                }
            }
            return 0;
        });
        try {
            for (int i = 0; i < 20; i++) {
                int before = taken.get();
                Awaitility.await().atMost(fixture.soon()).pollInterval(TICK).until(() -> taken.get() > before);
                queue.pause(scope);
                assertThat(claim(store, ALL, JobToken.create()).jobs()).isEmpty();
                queue.resume(scope);
            }
        } finally {
            stop.set(true);
            crew.results();
        }
    }
}
