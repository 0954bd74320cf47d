package dev.jobqueue.testkit.history;

import static dev.jobqueue.testkit.history.Call.Ending.FAILURE;
import static dev.jobqueue.testkit.history.Call.Ending.RELEASE;
import static dev.jobqueue.testkit.history.Call.Ending.SUCCESS;
import static dev.jobqueue.testkit.history.Story.after;
import static dev.jobqueue.testkit.history.Story.job;
import static dev.jobqueue.testkit.history.Story.requires;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.testkit.contract.Rules;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each violation is found, and what looks like it and is legal is not. */
class HistoryCheckTest {
    private final Call.Entry a = job();
    private final JobToken one = JobToken.create();
    private final JobToken two = JobToken.create();

    /** Job a is enqueued. */
    private Story story() {
        return story(a);
    }

    private static Story story(Call.Entry... jobs) {
        return new Story().enqueue(0, 1, jobs);
    }

    /** Job a was given and has succeeded. */
    private Story succeeded() {
        return story().claim(2, 3, a, 1, one).finish(4, 5, one, SUCCESS).end(a, JobState.SUCCEEDED);
    }

    private static void legal(Story story) {
        assertThat(story.violations()).isEmpty();
    }

    private static void broken(Story story, Rules... rules) {
        assertThat(story.broken()).containsExactlyInAnyOrder(rules);
    }

    @Test
    @DisplayName("a job that was run and has ended is legal")
    void plain() {
        legal(succeeded());
    }

    @Test
    @DisplayName("a violation shows the rule, the job and the calls")
    void text() {
        Violation violation = succeeded().end(a, JobState.FAILED).violations().get(0);
        assertThat(violation.toString())
                .startsWith("FIN-2: an accepted end was lost: the job is FAILED\n")
                .contains(
                        "process/thread 4000..5000 finish token " + one.reveal().substring(0, 8))
                .contains("with SUCCESS -> DONE");
        assertThat(violation.operations()).hasSize(1);
    }

    // ---- lost, or from nowhere

    @Test
    @DisplayName(
            "ENQ-1: an acknowledged job that is not there is lost; one of an unknown or refused enqueue need not be there")
    void lost() {
        broken(story(), Rules.ENQ_1);
        legal(story().unknown());
        legal(story().refused());
        legal(story().unknown().end(a, JobState.FAILED));
    }

    @Test
    @DisplayName("ENQ-1: a job that was given and is not there is lost, also after an unknown enqueue")
    void lostAfterItsClaim() {
        broken(story().unknown().claim(2, 3, a, 1, one), Rules.ENQ_1);
    }

    @Test
    @DisplayName("ENQ-2: a refused job is not there")
    void refusedAndThere() {
        broken(story().refused().end(a, JobState.READY), Rules.ENQ_2);
    }

    @Test
    @DisplayName("a job that is unfinished after the drain is lost, each state by the rule that should have moved it")
    void unfinished() {
        broken(story().end(a, JobState.READY), Rules.DEQ_12);
        broken(story().end(a, JobState.BLOCKED), Rules.DEP_5);
        broken(story().end(a, JobState.SCHEDULED), Rules.DEQ_14);
        broken(story().claim(2, 3, a, 1, one).end(a, JobState.RUNNING), Rules.HB_2);
    }

    @Test
    @DisplayName("ENQ-1: a job that nobody enqueued is not given, nor one before its enqueue was sent")
    void fromNowhere() {
        broken(new Story().claim(2, 3, a, 1, one), Rules.ENQ_1);
        broken(
                new Story()
                        .claim(2, 3, a, 1, one)
                        .enqueue(4, 5, a)
                        .finish(6, 7, one, SUCCESS)
                        .end(a, JobState.SUCCEEDED),
                Rules.ENQ_1);
        legal(new Story()
                .claim(2, 5, a, 1, one)
                .enqueue(4, 6, a)
                .finish(6, 7, one, SUCCESS)
                .end(a, JobState.SUCCEEDED));
    }

    // ---- ended once

    @Test
    @DisplayName("FIN-2, CAN-1: an accepted end is kept; an unknown one may have lost against another")
    void endIsKept() {
        broken(succeeded().end(a, JobState.FAILED), Rules.FIN_2);
        broken(story().cancel(2, 3, a).end(a, JobState.FAILED), Rules.CAN_1);
        legal(story().claim(2, 3, a, 1, one)
                .finish(4, 5, one, SUCCESS)
                .unknown()
                .cancel(6, 7, a)
                .end(a, JobState.CANCELED));
    }

    @Test
    @DisplayName("FIN-1, CAN-1: nothing ends by itself")
    void endByNobody() {
        broken(story().claim(2, 3, a, 1, one).end(a, JobState.SUCCEEDED), Rules.FIN_1);
        broken(story().end(a, JobState.CANCELED), Rules.CAN_1);
        legal(story().claim(2, 3, a, 1, one)
                .finish(4, 5, one, SUCCESS)
                .unknown()
                .end(a, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("FIN-1: two accepted ends under two tokens are one too many; a repeated finish is the same end")
    void endedTwice() {
        Story twice = story().claim(2, 3, a, 1, one)
                .expire(4, 5, a)
                .claim(6, 9, a, 2, two)
                .finish(7, 10, one, SUCCESS)
                .finish(11, 12, two, SUCCESS)
                .end(a, JobState.SUCCEEDED);
        assertThat(twice.broken()).contains(Rules.FIN_1);
        legal(succeeded().finish(6, 7, one, SUCCESS));
    }

    @Test
    @DisplayName("CAN-2: a cancel after a success is one end too many, unless it was refused")
    void canceledAfterTheEnd() {
        assertThat(succeeded().cancel(6, 7, a).broken()).contains(Rules.CAN_2);
        legal(succeeded().cancel(6, 7, a).refused());
    }

    @Test
    @DisplayName("FIN-2: a job is not given again after an accepted success, also under the same token")
    void givenAfterSuccess() {
        broken(succeeded().claim(6, 7, a, 2, two), Rules.FIN_2);
        broken(succeeded().claim(6, 7, a, 1, one), Rules.FIN_2);
        legal(story().claim(2, 3, a, 1, one)
                .claim(2, 6, a, 1, one)
                .finish(4, 5, one, SUCCESS)
                .end(a, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("FIN-3: a job is given again after a failure, but not after the last one")
    void givenAfterFailure() {
        Call.Entry patient = job(0, 2);
        legal(story(patient)
                .claim(2, 3, patient, 1, one)
                .finish(4, 5, one, FAILURE)
                .claim(6, 7, patient, 2, two)
                .finish(8, 9, two, SUCCESS)
                .end(patient, JobState.SUCCEEDED));
        assertThat(story().claim(2, 3, a, 1, one)
                        .finish(4, 5, one, FAILURE)
                        .claim(6, 7, a, 2, two)
                        .finish(8, 9, two, FAILURE)
                        .end(a, JobState.FAILED)
                        .broken())
                .contains(Rules.FIN_3);
    }

    @Test
    @DisplayName("CAN-1: a job is not given after its cancel; while the cancel is under way it may be")
    void givenAfterCancel() {
        broken(story().cancel(2, 3, a).claim(4, 5, a, 1, one).end(a, JobState.CANCELED), Rules.CAN_1);
        legal(story().cancel(2, 5, a).claim(4, 6, a, 1, one).end(a, JobState.CANCELED));
    }

    // ---- one at a time

    @Test
    @DisplayName(
            "DEQ-2: a second run is given when nothing may have ended the first; a release, a retry and an expire may")
    void overlap() {
        Story first = story().claim(2, 3, a, 1, one);
        broken(first.claim(4, 5, a, 2, two).finish(6, 7, two, SUCCESS).end(a, JobState.SUCCEEDED), Rules.DEQ_2);
        legal(story().claim(2, 3, a, 1, one)
                .finish(4, 9, one, RELEASE)
                .claim(5, 6, a, 2, two)
                .finish(7, 8, two, SUCCESS)
                .end(a, JobState.SUCCEEDED));
        legal(story().claim(2, 3, a, 1, one)
                .finish(4, 9, one, RELEASE)
                .unknown()
                .claim(15, 16, a, 2, two)
                .finish(17, 18, two, SUCCESS)
                .end(a, JobState.SUCCEEDED));
        legal(story().claim(2, 3, a, 1, one)
                .expire(4, 9, a)
                .claim(5, 6, a, 2, two)
                .finish(7, 8, two, SUCCESS)
                .end(a, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("DEQ-2: what was sent after the second claim, or answered LOST, does not excuse an overlap")
    void noExcuse() {
        broken(
                story().claim(2, 3, a, 1, one)
                        .claim(4, 5, a, 2, two)
                        .finish(6, 7, one, RELEASE, Verdict.LOST)
                        .expire(8, 9, a)
                        .finish(10, 11, two, SUCCESS)
                        .end(a, JobState.SUCCEEDED),
                Rules.DEQ_2);
    }

    @Test
    @DisplayName(
            "DEQ-2, DEQ-13: the same attempt under two tokens is given twice; a repeated claim under the same token is one")
    void givenTwice() {
        broken(
                story().claim(2, 3, a, 1, one)
                        .claim(2, 3, a, 1, two)
                        .finish(6, 7, two, SUCCESS)
                        .end(a, JobState.SUCCEEDED),
                Rules.DEQ_2);
        legal(story().claim(2, 3, a, 1, one)
                .unknown()
                .claim(4, 5, a, 1, one)
                .finish(6, 7, one, SUCCESS)
                .end(a, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("DEQ-2: one token is not given for two jobs")
    void oneTokenForTwoJobs() {
        Call.Entry b = job();
        assertThat(story(a, b)
                        .claim(2, 3, a, 1, one)
                        .claim(4, 5, b, 1, one)
                        .finish(6, 7, one, SUCCESS)
                        .end(a, JobState.SUCCEEDED)
                        .end(b, JobState.SUCCEEDED)
                        .broken())
                .contains(Rules.DEQ_2);
    }

    @Test
    @DisplayName("DEQ-2: a queue hands an attempt to one of its callers")
    void handedOutTwice() {
        legal(succeeded().waits(1, 3, a, one));
        broken(succeeded().waits(1, 3, a, one).waits(1, 3, a, one), Rules.DEQ_2);
    }

    // ---- fencing

    /** A second attempt was given after the first was expired. */
    private Story stale() {
        return story().claim(2, 3, a, 1, one)
                .expire(4, 5, a)
                .claim(6, 7, a, 2, two)
                .finish(20, 21, two, SUCCESS)
                .end(a, JobState.SUCCEEDED);
    }

    @Test
    @DisplayName(
            "FIN-1: a stale token is not accepted, by a finish nor a heartbeat; one sent before the next claim returned may be")
    void staleToken() {
        broken(stale().finish(8, 9, one, RELEASE), Rules.FIN_1);
        broken(stale().heartbeat(8, 9, one, Verdict.CONTINUE), Rules.FIN_1);
        legal(stale().finish(8, 9, one, RELEASE, Verdict.LOST).heartbeat(8, 9, one, Verdict.LOST));
        legal(stale().heartbeat(6, 9, one, Verdict.CONTINUE));
    }

    @Test
    @DisplayName(
            "FIN-8: a finish that was accepted in time, or may have been, is accepted again; another kind of outcome is not")
    void repeatedFinish() {
        legal(stale().finish(3, 4, one, RELEASE).finish(8, 9, one, RELEASE));
        legal(stale().finish(3, 4, one, RELEASE).unknown().finish(8, 9, one, RELEASE));
        broken(stale().finish(3, 4, one, RELEASE).unknown().finish(8, 9, one, Call.Ending.RELEASE_LATER), Rules.FIN_1);
    }

    @Test
    @DisplayName("CAN-3: after a cancel a heartbeat does not say that the attempt goes on")
    void heartbeatAfterCancel() {
        Story canceled = story().claim(2, 3, a, 1, one).cancel(4, 5, a).end(a, JobState.CANCELED);
        legal(canceled.heartbeat(4, 9, one, Verdict.CONTINUE).heartbeat(6, 7, one, Verdict.CANCELED));
        broken(canceled.heartbeat(6, 7, one, Verdict.CONTINUE), Rules.CAN_3);
    }

    // ---- dependencies

    @Test
    @DisplayName(
            "DEP-1: a job starts before anything may have ended its dependency; a failure with attempts left does not end it")
    void startedTooEarly() {
        Call.Entry patient = job(0, 2);
        Call.Entry b = job(after(patient));
        Story early = story(patient, b)
                .claim(2, 3, patient, 1, one)
                .finish(4, 5, one, FAILURE)
                .claim(6, 7, b, 1, two)
                .finish(8, 9, two, SUCCESS)
                .end(patient, JobState.CANCELED)
                .end(b, JobState.SUCCEEDED)
                .cancel(10, 11, patient);
        broken(early, Rules.DEP_1);
        legal(early.cancel(5, 6, patient).unknown());
    }

    @Test
    @DisplayName(
            "DEP-1: the end of a dependency counts from when it was sent, and may come from what it requires itself")
    void startedInTime() {
        Call.Entry b = job(after(a));
        legal(story(a, b)
                .claim(2, 3, a, 1, one)
                .finish(4, 9, one, SUCCESS)
                .claim(5, 6, b, 1, two)
                .finish(7, 8, two, SUCCESS)
                .end(a, JobState.SUCCEEDED)
                .end(b, JobState.SUCCEEDED));
        Call.Entry middle = job(requires(a));
        Call.Entry last = job(after(middle));
        legal(story(a, middle, last)
                .cancel(2, 3, a)
                .claim(4, 5, last, 1, one)
                .finish(6, 7, one, SUCCESS)
                .end(a, JobState.CANCELED)
                .end(middle, JobState.FAILED)
                .end(last, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("DEP-3: a job whose required dependency failed is not run; with dependsOn it is")
    void requiredFailed() {
        Call.Entry b = job(requires(a));
        Call.Entry c = job(after(a));
        Story failed = story(a, b, c)
                .claim(2, 3, a, 1, one)
                .finish(4, 5, one, FAILURE)
                .end(a, JobState.FAILED)
                .end(b, JobState.FAILED)
                .end(c, JobState.SUCCEEDED)
                .claim(6, 7, c, 1, two)
                .finish(8, 9, two, SUCCESS);
        legal(failed);
        broken(failed.claim(6, 7, b, 1, JobToken.create()), Rules.DEP_3);
    }

    // ---- order

    /** Jobs a and b were enqueued, and b is given first. */
    private Story wrongOrder(Story enqueued, Call.Entry b) {
        return enqueued.claim(10, 11, b, 1, two)
                .claim(12, 13, a, 1, one)
                .finish(14, 15, one, SUCCESS)
                .finish(14, 15, two, SUCCESS)
                .end(a, JobState.SUCCEEDED)
                .end(b, JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("DEQ-1: a later job is given before an earlier one; not if they were enqueued at the same time")
    void order() {
        Call.Entry b = job();
        broken(wrongOrder(story(a).enqueue(2, 3, b), b), Rules.DEQ_1);
        broken(wrongOrder(story(a, b), b), Rules.DEQ_1);
        legal(wrongOrder(story(a).enqueue(0, 3, b), b));
    }

    @Test
    @DisplayName("DEQ-1: priority comes before the order of enqueues")
    void priority() {
        Call.Entry high = job(1, 1);
        legal(wrongOrder(story(a).enqueue(2, 3, high), high));
        broken(
                story(high)
                        .enqueue(0, 1, a)
                        .claim(10, 11, a, 1, one)
                        .claim(12, 13, high, 1, two)
                        .finish(14, 15, one, SUCCESS)
                        .finish(14, 15, two, SUCCESS)
                        .end(a, JobState.SUCCEEDED)
                        .end(high, JobState.SUCCEEDED),
                Rules.DEQ_1);
    }

    @Test
    @DisplayName("DEQ-1: the jobs of one claim come in order too")
    void orderInOneClaim() {
        Call.Entry b = job();
        Story ends = story(a, b)
                .cancel(20, 21, a)
                .cancel(20, 21, b)
                .end(a, JobState.CANCELED)
                .end(b, JobState.CANCELED);
        legal(ends.claim(2, 3, a, b));
        Story wrong = story(a, b)
                .cancel(20, 21, a)
                .cancel(20, 21, b)
                .end(a, JobState.CANCELED)
                .end(b, JobState.CANCELED);
        broken(wrong.claim(2, 3, b, a), Rules.DEQ_1);
    }

    @Test
    @DisplayName(
            "DEQ-1: a job that came too late for the claim, may have been canceled, or locked by a claim that failed, is no argument")
    void orderExcused() {
        Call.Entry b = job(-1, 1);
        legal(wrongOrder(new Story().enqueue(2, 3, b).enqueue(9, 11, a), b));
        legal(wrongOrder(story(a).enqueue(2, 3, b).cancel(4, 5, a).unknown(), b));
        legal(wrongOrder(
                story(a).enqueue(2, 3, b).claim(4, 5, a, 1, JobToken.create()).unknown(), b));
        legal(wrongOrder(
                story(a).enqueue(2, 3, b).claim(4, 5, a, 1, JobToken.create()).refused(), b));
    }

    @Test
    @DisplayName("DEQ-1: with claims at the same time nothing is said about order")
    void orderOfTwoConsumers() {
        Call.Entry b = job();
        legal(wrongOrder(
                story(a).enqueue(2, 3, b)
                        .claim(11, 12, job(), 1, JobToken.create())
                        .refused(),
                b));
    }

    // ---- wake-ups

    @Test
    @DisplayName("DEQ-5: somebody waits on although there is a job; not if he came later, or the job was given in time")
    void notWoken() {
        broken(succeededLate(300).waits(0, 250).enqueue(1, 2, a), Rules.DEQ_5);
        legal(succeededLate(300).waits(3, 250).enqueue(1, 2, a));
        legal(succeededLate(300).waits(0, 101).enqueue(1, 2, a));
        legal(succeededLate(90).waits(0, 250).enqueue(1, 2, a));
    }

    /** Job a is given at this time, and was enqueued by the test. */
    private Story succeededLate(long given) {
        return new Story()
                .claim(given - 1, given, a, 1, one)
                .finish(given + 1, given + 2, one, SUCCESS)
                .end(a, JobState.SUCCEEDED);
    }

    @Test
    @DisplayName(
            "DEQ-5: the same with a job that is never given; not if it was canceled or a claim that failed may have it")
    void neverWoken() {
        broken(story().waits(0, 250).end(a, JobState.READY), Rules.DEQ_5, Rules.DEQ_12);
        broken(story().waits(0, 250).cancel(3, 4, a).unknown().end(a, JobState.READY), Rules.DEQ_12);
        broken(story().waits(0, 250).claim(3, 4, a, 1, one).unknown().end(a, JobState.READY), Rules.DEQ_12);
    }

    @Test
    @DisplayName("QRY-6: somebody waits on for a job that has ended; not if he came later, or the end is not known")
    void notWokenByTheEnd() {
        legal(succeeded().awaits(2, 104, a));
        legal(succeeded().awaits(6, 300, a));
        broken(succeeded().awaits(2, 106, a), Rules.QRY_6);
        legal(story().claim(2, 3, a, 1, one)
                .finish(4, 5, one, SUCCESS)
                .unknown()
                .awaits(2, 300, a)
                .end(a, JobState.SUCCEEDED));
    }

    @Test
    @DisplayName("DEQ-5: a dependent is ready when its dependency has ended, a released job when it was released")
    void wokenByTheEnd() {
        Call.Entry b = job(after(a));
        Story dependent = story(a, b)
                .claim(2, 3, a, 1, one)
                .finish(4, 150, one, SUCCESS)
                .claim(300, 301, b, 1, two)
                .finish(302, 303, two, SUCCESS)
                .end(a, JobState.SUCCEEDED)
                .end(b, JobState.SUCCEEDED);
        legal(dependent.waits(3, 240));
        broken(dependent.waits(3, 260), Rules.DEQ_5);
        broken(
                story().claim(2, 3, a, 1, one)
                        .finish(4, 5, one, RELEASE)
                        .waits(3, 200)
                        .claim(300, 301, a, 2, two)
                        .finish(302, 303, two, SUCCESS)
                        .end(a, JobState.SUCCEEDED),
                Rules.DEQ_5);
    }
}
