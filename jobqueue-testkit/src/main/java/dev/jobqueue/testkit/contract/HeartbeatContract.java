package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt.End;
import dev.jobqueue.Backoff;
import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.LibraryError;
import dev.jobqueue.Maintenance;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TokenAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules HB-1 to HB-7, but HB-5: workers that speak, and workers that vanish. */
@Tag(Level.MUST)
public abstract class HeartbeatContract extends AreaContract {
    @Test
    @DisplayName("HB-1, F10 [must]: heartbeat and report refresh, so a worker that speaks is never given up")
    void heartbeatAndReportRefresh() {
        JobId first = enqueue(BUILD);
        JobId second = enqueue(BUILD);
        RunningJob<RawJson, RawJson> beating = take(first);
        RunningJob<RawJson, RawJson> reporting = take(second);
        for (int i = 0; i < 40; i++) {
            pass(LIMIT);
            assertThat(queue.expire(10)).isEmpty();
            assertThat(beating.heartbeat()).isEqualTo(TokenAnswer.CONTINUE);
            assertThat(reporting.report(i)).isEqualTo(TokenAnswer.CONTINUE);
        }
        pass(TICK);
        assertThat(queue.stale(TICK)).isEmpty();
        pass(TICK);
        assertThat(queue.stale(TICK)).extracting(StaleJob::id).containsExactly(first, second);
    }

    @Test
    @DisplayName("HB-1 [must]: one call refreshes many, each token for itself")
    void oneCallRefreshesMany() {
        queue.enqueueAll(requests(BUILD, 50));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(50);
        pass(LIMIT);
        List<TokenAnswer> answers = queue.heartbeat(
                jobs.subList(0, 25).stream().map(RunningJob::token).toList());
        assertThat(answers).hasSize(25).containsOnly(TokenAnswer.CONTINUE);
        pass(TICK);
        assertThat(queue.expire(100))
                .containsExactlyElementsOf(
                        jobs.subList(25, 50).stream().map(RunningJob::id).toList());
    }

    @Test
    @DisplayName(
            "HB-2 [must]: unheard for longer than the limit, a job is ready again as often as it has recoveries, then failed")
    void lostJobRecoversThenFails() {
        JobId id = enqueue(BUILD);
        for (int recoveries = 1; recoveries <= 2; recoveries++) {
            take(id);
            pass(LIMIT);
            assertThat(queue.expire(10)).as("at the limit").isEmpty();
            pass(TICK);
            assertThat(queue.expire(10)).containsExactly(id);
            assertThat(state(id)).isEqualTo(JobState.READY);
            assertThat(queue.status(id).recoveries()).isEqualTo(recoveries);
            assertThat(queue.status(id).times().ready()).contains(clock.now());
        }
        take(id);
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).containsExactly(id);
        JobStatus<RawJson> status = queue.status(id);
        assertThat(status.state()).isEqualTo(JobState.FAILED);
        assertThat(status.error().orElseThrow().code()).isEqualTo(LibraryError.HEARTBEAT_LOST.code());
        assertThat(status.attempts())
                .hasSize(3)
                .allSatisfy(a -> assertThat(a.end()).contains(End.HEARTBEAT_LOST));
        assertThat(status.recoveries()).isEqualTo(3);
        assertThat(status.failures()).isZero();
    }

    @Test
    @DisplayName("HB-2 [must]: no recoveries fail the job at once")
    void noRecoveries() {
        JobId id = enqueue(BUILD.job(null).recoveries(0).attempts(5, Backoff.NONE));
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertThat(state(id)).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("HB-2 [must]: lost heartbeats use up no attempts, failures no recoveries")
    void recoveriesAreApartFromAttempts() {
        JobId id = enqueue(BUILD.job(null).attempts(2, Backoff.NONE).recoveries(1));
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        fail(id);
        assertThat(state(id)).isEqualTo(JobState.READY);
        take(id);
        pass(LIMIT.plus(TICK));
        queue.expire(10);
        assertThat(queue.status(id).error().orElseThrow().code()).isEqualTo(LibraryError.HEARTBEAT_LOST.code());
    }

    @Test
    @DisplayName("HB-2 [must]: Maintenance sweeps by itself")
    void maintenanceSweeps() throws Exception {
        JobId id = enqueue(BUILD.job(null).recoveries(0));
        take(id);
        pass(LIMIT.plus(TICK));
        try (Maintenance maintenance =
                Maintenance.of(queue).sweepInterval(Duration.ofMillis(5)).start()) {
            assertThat(maintenance).isNotNull();
            assertThat(queue.await(id, fixture.soon())).isPresent();
        }
        assertThat(state(id)).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("HB-3 [must]: a step of the wall clock neither expires nor keeps anything")
    void wallClockDoesNotMatter() {
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        clock.stepWall(Duration.ofDays(10));
        assertThat(queue.expire(10)).isEmpty();
        assertThat(queue.stale(TICK)).isEmpty();
        beat(job);
        clock.stepWall(Duration.ofDays(-20));
        assertThat(queue.stale(TICK)).isEmpty();
        pass(LIMIT.plus(TICK));
        assertThat(queue.expire(10)).containsExactly(id);
    }

    @Test
    @DisplayName("HB-4, F11, P6 [must]: finished, released and canceled jobs have no heartbeat and never show up")
    void endedJobsHaveNoHeartbeat() {
        queue.enqueueAll(requests(BUILD, 4));
        List<RunningJob<RawJson, RawJson>> jobs = takeBatch(4);
        succeed(jobs.get(0));
        fail(jobs.get(1));
        jobs.get(2).release(Duration.ofDays(10));
        queue.cancel(jobs.get(3).id(), "");
        assertThat(queue.heartbeat(jobs.stream().map(RunningJob::token).toList()))
                .doesNotContain(TokenAnswer.CONTINUE);
        pass(LIMIT.multipliedBy(2));
        assertThat(queue.stale(NOW)).isEmpty();
        assertThat(queue.expire(10)).isEmpty();
        assertThat(jobs.stream().map(j -> state(j.id())))
                .containsExactly(JobState.SUCCEEDED, JobState.FAILED, JobState.SCHEDULED, JobState.CANCELED);
    }

    @Test
    @Tag(Level.STOCHASTIC)
    @DisplayName("HB-6 [must, stochastic]: many may sweep at the same time, each attempt is expired once")
    void expiredOnce() throws Exception {
        List<JobRequest<RawJson, RawJson>> requests = requests(BUILD, 200);
        queue.enqueueAll(requests);
        assertThat(takeBatch(200)).hasSize(200);
        pass(LIMIT.plus(TICK));
        Crew<List<JobId>> crew = new Crew<>(fixture.soon(), 8, i -> () -> {
            List<JobId> mine = new ArrayList<>();
            for (List<JobId> some = queue.expire(7); !some.isEmpty(); some = queue.expire(7)) {
                mine.addAll(some);
            }
            return mine;
        });
        List<JobId> all = crew.results().stream().flatMap(List::stream).toList();
        assertThat(all).containsExactlyInAnyOrderElementsOf(ids(requests));
        assertThat(queue.status(all.get(0)).recoveries()).isEqualTo(1);
    }

    @Test
    @DisplayName("HB-7 [must]: stale lists running jobs unheard of, longest silence first")
    void staleListsTheSilent() {
        List<JobId> ids = ids(requests(BUILD, 3));
        ids.forEach(id -> enqueue(BUILD.job(null).id(id)));
        RunningJob<RawJson, RawJson> first = take(ids.get(0));
        take(ids.get(1));
        pass(Duration.ofSeconds(5));
        take(ids.get(2));
        pass(Duration.ofSeconds(5));
        beat(first);
        pass(Duration.ofSeconds(1));
        List<StaleJob> stale = queue.stale(Duration.ofSeconds(5));
        assertThat(stale).extracting(StaleJob::id).containsExactly(ids.get(1), ids.get(2));
        assertThat(stale).extracting(StaleJob::silence).containsExactly(Duration.ofSeconds(11), Duration.ofSeconds(6));
        assertThat(stale).extracting(StaleJob::type).containsOnly(BUILD.name());
        assertThat(stale)
                .extracting(StaleJob::worker)
                .containsOnly(queue.options().worker());
        assertThat(queue.stale(Duration.ofSeconds(6)))
                .as("older than, not as old as")
                .hasSize(1);
        assertThat(queue.stale(NOW))
                .as("not in the order of their enqueue")
                .extracting(StaleJob::id)
                .containsExactly(ids.get(1), ids.get(2), ids.get(0));
        assertThat(store.stale(NOW, 2)).as("at most").extracting(StaleJob::id).containsExactly(ids.get(1), ids.get(2));
    }

    @Test
    @DisplayName("HB-7 [must]: running gives the job while it runs, to whoever has the token")
    void runningGivesTheJob() {
        JobId id = enqueue(BUILD.job(number(1)));
        RunningJob<RawJson, RawJson> job = take(id);
        RunningJob<RawJson, RawJson> same = over(store).running(job.token()).orElseThrow();
        assertThat(same.id()).isEqualTo(id);
        assertThat(same.args()).isEqualTo(number(1));
        assertThat(same.attempt()).isEqualTo(1);
        assertThat(same.succeed(null)).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.running(job.token())).isEmpty();
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
    }
}
