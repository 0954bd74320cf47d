package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.Traits.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What several openings of a shared store see of each other; skipped for stores that do not declare it. */
@Tag(Level.OPTIONAL)
public abstract class SharedContract extends AreaContract {
    /** A queue over an opening of its own, as another process has it. */
    private JobQueue other() throws Exception {
        assumeTrue(fixture.capabilities().contains(Capability.SHARED), "the store does not declare SHARED");
        return over(new ObservedStore(fixture.open(clock), store));
    }

    @Test
    @DisplayName("DEQ-2 [optional]: what one opening enqueues all openings run, each job once, in one order")
    void openingsShareTheirJobs() throws Exception {
        JobQueue other = other();
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add((i % 3 == 0 ? other : queue).enqueue(BUILD.job(number(i))).id());
        }
        List<JobId> taken = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            taken.add((i % 2 == 0 ? other : queue)
                    .dequeue(BUILD, NOW)
                    .orElseThrow()
                    .id());
        }
        assertThat(taken).containsExactlyElementsOf(ids);
        assertThat(other.dequeue(BUILD, NOW)).isEmpty();
        assertNothingReady();
    }

    @Test
    @DisplayName("FIN-1 [optional]: a token is in force, and over, for every opening")
    void tokensAreShared() throws Exception {
        JobQueue other = other();
        JobId id = enqueue(BUILD);
        JobToken token = take(id).token();
        assertThat(other.heartbeat(List.of(token))).containsExactly(TokenAnswer.CONTINUE);
        assertThat(other.finish(token, new JobOutcome.Succeeded(number(1)))).isEqualTo(TokenAnswer.DONE);
        assertThat(queue.heartbeat(List.of(token))).containsExactly(TokenAnswer.LOST);
        assertThat(queue.status(id).result()).contains(number(1));
    }

    @Test
    @DisplayName("CAN-3 [optional]: a worker learns of a cancel by another opening")
    void cancelsAreShared() throws Exception {
        JobQueue other = other();
        JobId id = enqueue(BUILD);
        RunningJob<RawJson, RawJson> job = take(id);
        other.cancel(id, "stop");
        assertThat(job.heartbeat()).isEqualTo(TokenAnswer.canceled("stop"));
    }

    @Test
    @DisplayName(
            "HB-6 [optional]: heartbeats count wherever they arrive, and an attempt is expired once, by whoever sweeps first")
    void sweepsAreShared() throws Exception {
        JobQueue other = other();
        JobId silent = enqueue(BUILD);
        JobId alive = enqueue(TEST);
        take(silent);
        JobToken token = take(alive).token();
        pass(LIMIT);
        assertThat(other.heartbeat(List.of(token))).containsExactly(TokenAnswer.CONTINUE);
        pass(TICK);
        assertThat(queue.expire(10)).containsExactly(silent);
        assertThat(other.expire(10)).isEmpty();
        assertThat(state(silent)).isEqualTo(JobState.READY);
    }

    @Test
    @DisplayName("QRY-3 [optional]: a pause and a resume hold for all openings")
    void pausesAreShared() throws Exception {
        JobQueue other = other();
        JobId id = enqueue(BUILD);
        other.pause(new PauseScope.Family("build"));
        assertNothingReady();
        queue.resume(new PauseScope.Family("build"));
        assertThat(other.dequeue(BUILD, NOW).map(RunningJob::id)).contains(id);
    }

    @Test
    @DisplayName("DEQ-5 [optional]: a waiter wakes when another opening makes a job ready")
    void waitersWakeAcrossOpenings() throws Exception {
        JobQueue other = other();
        Duration limit = fixture.soon();
        JobId first = enqueue(OTHER);
        JobId second = enqueue(BUILD.job(null).dependsOn(first));
        Crew<JobId> waiter = Crew.one(
                        limit.plus(limit),
                        () -> other.dequeue(BUILD, limit).orElseThrow().id())
                .waiting();
        succeed(first);
        assertThat(waiter.result()).isEqualTo(second);
    }

    @Test
    @DisplayName("QRY-6 [optional]: await hears of an end by another opening")
    void awaitHearsOfOtherOpenings() throws Exception {
        JobQueue other = other();
        Duration limit = fixture.soon();
        JobId id = enqueue(BUILD);
        Crew<Optional<JobState>> waiter = Crew.one(
                        limit.plus(limit), () -> other.await(id, limit).map(s -> s.state()))
                .waiting();
        succeed(id);
        assertThat(waiter.result()).contains(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("DUR-5 [optional]: the close of one opening leaves the others and their jobs alone")
    void closeOfOneLeavesTheOthers() throws Exception {
        JobQueue other = other();
        JobId id = other.enqueue(BUILD.job(null)).id();
        RunningJob<RawJson, RawJson> job = other.dequeue(BUILD, NOW).orElseThrow();
        other.close();
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.CONTINUE);
        assertThat(queue.finish(job.token(), new JobOutcome.Succeeded(RawJson.NULL)))
                .isEqualTo(TokenAnswer.DONE);
        assertThat(state(id)).isEqualTo(JobState.SUCCEEDED);
    }
}
