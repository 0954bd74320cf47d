package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Explanation;
import dev.jobqueue.Explanation.Reason;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** QRY-4: why a job is not running. */
class ExplainerTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    private final ManualClock clock = new ManualClock();
    private final InMemoryJobStore store = new InMemoryJobStore(clock);
    private final JobQueue queue = JobQueue.on(store);

    @AfterEach
    void close() {
        queue.close();
    }

    private JobId enqueue(JobId... dependencies) {
        return queue.enqueue(BUILD.job(null).dependsOn(dependencies)).id();
    }

    private void assertExplained(JobId id, Reason reason, String... text) {
        Explanation explanation = new Explainer(store).explain(id);
        assertThat(explanation.id()).isEqualTo(id);
        assertThat(explanation.reason()).isEqualTo(reason);
        assertThat(explanation.text()).contains(text);
    }

    @Test
    @DisplayName("QRY-4: a blocked job waits for its unfinished dependencies, each named once")
    void blocked() {
        JobId ended = enqueue();
        queue.cancel(ended, "");
        JobId first = enqueue();
        JobId second = enqueue();
        JobId id = enqueue(ended, first, second, first);
        assertExplained(id, Reason.WAITING_FOR_DEPENDENCIES, "2 unfinished", first.toString());
        assertThat(new Explainer(store).explain(id).waitingFor()).containsExactly(first, second);
    }

    @Test
    @DisplayName("QRY-4: a scheduled, a running and a finished job have a time")
    void times() throws Exception {
        JobId scheduled =
                queue.enqueue(BUILD.job(null).delay(Duration.ofHours(1))).id();
        String due = clock.now().plus(Duration.ofHours(1)).toString();
        assertExplained(scheduled, Reason.SCHEDULED, "due at", due);
        JobId id = enqueue();
        RunningJob<RawJson, RawJson> job = queue.dequeue(BUILD, Duration.ZERO).orElseThrow();
        assertExplained(id, Reason.RUNNING, "since", clock.now().toString());
        var unused = job.succeed(null);
        assertExplained(id, Reason.FINISHED, "SUCCEEDED", clock.now().toString());
        assertThat(new Explainer(store).explain(id).at()).contains(clock.now());
    }

    @Test
    @DisplayName("QRY-4: a ready job is paused, or not asked for within five minutes, or waits for its turn")
    void ready() {
        JobId id = enqueue();
        assertExplained(id, Reason.NO_DEMAND, "build", "default", "5 minutes");
        store.demand(List.of(Selector.of(BUILD)));
        assertExplained(id, Reason.QUEUED, "ready");
        clock.advance(Duration.ofMinutes(5));
        assertExplained(id, Reason.QUEUED, "ready");
        clock.advance(Duration.ofMillis(1));
        assertExplained(id, Reason.NO_DEMAND, "no dequeue");
        queue.pause(new PauseScope.Channel("other"));
        assertExplained(id, Reason.NO_DEMAND, "no dequeue");
        queue.pause(new PauseScope.Family("build"));
        assertExplained(id, Reason.PAUSED, "paused", "build");
        assertThatThrownBy(() -> new Explainer(store).explain(JobId.create()))
                .isInstanceOf(JobQueueException.NotFound.class);
    }
}
