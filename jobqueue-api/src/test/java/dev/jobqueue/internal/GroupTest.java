package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a group of waiters decides, step by step, at times that the test says. */
class GroupTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Selector SELECTOR = Selector.of(BUILD);
    private static final int BATCH = 4;
    private static final long GATHER = 1_000;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final RuntimeException UNAVAILABLE = new JobQueueException.StoreUnavailable("planned", null);
    private static final RuntimeException UNKNOWN = new JobQueueException.OutcomeUnknown("planned", null);

    private final Group group = new Group(SELECTOR, BATCH, GATHER, 0);

    /** Counts its wakes. */
    private static final class Sleeper extends Waiter {
        int wakes;

        Sleeper(String name, int wanted, long timeoutNanos) {
            super(SELECTOR, wanted, name, 0, timeoutNanos);
        }

        @Override
        void wake() {
            wakes++;
        }
    }

    /** Joins at time 0. */
    private Sleeper join(String name, int wanted, long timeoutNanos) {
        Sleeper sleeper = new Sleeper(name, wanted, timeoutNanos);
        group.join(sleeper, List.of(), 0, 0);
        return sleeper;
    }

    private Sleeper join(String name) {
        return join(name, 1, Waiter.NEVER);
    }

    private static ClaimedJob job(JobToken token) {
        return new ClaimedJob(
                new Job<>(JobId.create(), BUILD.name(), RawJson.NULL, List.of(), JobOptions.DEFAULT),
                token,
                1,
                List.of(),
                true);
    }

    private static Claimed nothing() {
        return new Claimed(List.of(), false, Optional.empty());
    }

    /** A job for each of these slots of the claim. */
    private static Claimed jobs(Group.Claim claim, int... slots) {
        List<ClaimedJob> jobs = IntStream.of(slots)
                .mapToObj(slot -> job(claim.slots().get(slot).token()))
                .toList();
        return new Claimed(jobs, false, Optional.empty());
    }

    private static List<JobToken> tokens(Stream<Taken> jobs) {
        return jobs.map(taken -> taken.job().token()).toList();
    }

    private static List<JobToken> got(Waiter waiter) {
        return tokens(waiter.got.stream());
    }

    private static JobToken token(Group.Claim claim, int slot) {
        return claim.slots().get(slot).token();
    }

    private static List<String> workers(Group.Claim claim) {
        return claim.slots().stream().map(ClaimSlot::worker).toList();
    }

    /** A claim that finds nothing, so that the group rests. */
    private void rest() {
        assertThat(group.succeeded(group.claim(0), nothing(), 0)).isEmpty();
    }

    @Test
    @DisplayName("DEQ-5: who joins makes the group claim, once at a time, for as many jobs as all want, in their order")
    void claimsForAll() {
        join("a", 2, Waiter.NEVER);
        join("b");
        assertThat(group.mayClaim(0)).isTrue();

        Group.Claim claim = group.claim(7);
        assertThat(workers(claim)).containsExactly("a", "a", "b");
        assertThat(claim.slots()).allMatch(ClaimSlot::fresh).doesNotHaveDuplicates();
        assertThat(claim.repeated()).isZero();
        assertThat(claim.sentNanos()).isEqualTo(7);
        group.signal();
        assertThat(group.mayClaim(7)).isFalse();
        assertThat(group.succeeded(claim, nothing(), 8)).isEmpty();
        assertThat(group.mayClaim(8)).isTrue();
        rest();
        assertThat(group.mayClaim(SECOND)).isFalse();
    }

    @Test
    @DisplayName("DEQ-8: a claim has room for one batch; who finds no room in it is counted all the same")
    void claimsABatchAtMost() {
        join("a", 3, Waiter.NEVER);
        join("b", 3, Waiter.NEVER);
        Sleeper last = join("c");

        Group.Claim claim = group.claim(0);
        assertThat(workers(claim)).containsExactly("a", "a", "a", "b");
        assertThat(group.succeeded(claim, jobs(claim, 0, 3), 0)).isEmpty();
        assertThat(last.tried).isTrue();
        assertThat(last.waiting).isTrue();
    }

    @Test
    @DisplayName("DEQ-8: each gets the jobs that were claimed for him and goes; who gets none stays")
    void servesTheOwners() {
        Sleeper two = join("a", 2, Waiter.NEVER);
        Sleeper none = join("b");
        Sleeper one = join("c");
        Group.Claim claim = group.claim(5);

        assertThat(group.succeeded(claim, jobs(claim, 3, 0, 1), 9)).isEmpty();
        assertThat(got(two)).containsExactly(token(claim, 0), token(claim, 1));
        assertThat(got(one)).containsExactly(token(claim, 3));
        assertThat(one.jobs()).hasSize(1).allMatch(taken -> taken.sentNanos() == 5);
        assertThat(List.of(two.waiting, none.waiting, one.waiting)).containsExactly(false, true, false);
        assertThat(List.of(two.wakes, none.wakes, one.wakes)).containsExactly(1, 1, 1);
        assertThat(group.isUnused()).isFalse();
        group.leave(none);
        assertThat(group.isUnused()).isTrue();
    }

    @Test
    @DisplayName(
            "DEQ-4: a job whose waiter left during the claim goes to the next one who wants more, else is not wanted")
    void jobsOfLeaversGoOn() {
        Sleeper leaver = join("a", 2, Waiter.NEVER);
        Sleeper other = join("b");
        Group.Claim claim = group.claim(0);
        group.leave(leaver);

        List<Taken> unwanted = group.succeeded(claim, jobs(claim, 0, 1), 0);
        assertThat(got(other)).containsExactly(token(claim, 0));
        assertThat(tokens(unwanted.stream())).containsExactly(token(claim, 1));
        assertThat(leaver.got).isEmpty();
        assertThat(group.isUnused()).isTrue();
    }

    @Test
    @DisplayName("DEQ-4: jobs that are given go to those who wait, in order, and not more than they want")
    void givesInOrder() {
        Sleeper first = join("a", 2, Waiter.NEVER);
        Sleeper second = join("b");
        Sleeper third = join("c");
        List<Taken> jobs = Stream.generate(() -> new Taken(job(JobToken.create()), 0))
                .limit(5)
                .toList();

        assertThat(group.give(jobs.subList(0, 1))).isEmpty();
        assertThat(first.got).containsExactly(jobs.get(0));
        assertThat(second.waiting).isTrue();
        assertThat(group.give(jobs.subList(1, 5))).containsExactly(jobs.get(3), jobs.get(4));
        assertThat(second.got).containsExactly(jobs.get(1));
        assertThat(third.got).containsExactly(jobs.get(2));
        assertThat(group.isUnused()).isTrue();
    }

    @Test
    @DisplayName("DEQ-5: a signal wakes the first waiter alone, and during a claim nobody")
    void signalsWakeTheFirst() {
        Sleeper first = join("a");
        Sleeper second = join("b");
        rest();
        int wakes = first.wakes;

        group.signal();
        assertThat(first.wakes).isEqualTo(wakes + 1);
        assertThat(second.wakes).isZero();
        Group.Claim claim = group.claim(0);
        group.signal();
        group.leave(second);
        assertThat(first.wakes).isEqualTo(wakes + 1);
        assertThat(group.succeeded(claim, nothing(), 0)).isEmpty();
        assertThat(first.wakes).isEqualTo(wakes + 2);
        assertThat(group.mayClaim(0)).isTrue();
    }

    @Test
    @DisplayName("DEQ-5: who leaves wakes the next one, who watches the clock from then on; a close wakes all")
    void leaversWakeTheNext() {
        Sleeper first = join("a");
        Sleeper second = join("b");
        rest();
        group.leave(first);
        assertThat(first.waiting).isFalse();
        assertThat(second.wakes).isEqualTo(1);

        Sleeper third = join("c");
        group.wakeAll();
        assertThat(second.wakes).isEqualTo(2);
        assertThat(third.wakes).isEqualTo(1);
    }

    @Test
    @DisplayName("DEQ-5: an answer that says more, and the next due time, make the group claim again")
    void claimsAgain() {
        Sleeper first = join("a");
        Sleeper second = join("b");
        Group.Claim claim = group.claim(0);
        assertThat(group.succeeded(claim, new Claimed(List.of(), true, Optional.empty()), 0))
                .isEmpty();
        assertThat(group.mayClaim(0)).isTrue();

        Claimed due = new Claimed(List.of(), false, Optional.of(Duration.ofNanos(50)));
        assertThat(group.succeeded(group.claim(0), due, 100)).isEmpty();
        assertThat(group.mayClaim(149)).isFalse();
        assertThat(group.pause(first, 100)).isEqualTo(50);
        assertThat(group.pause(second, 100)).isEqualTo(Waiter.NEVER);
        assertThat(group.mayClaim(150)).isTrue();
        rest();
        assertThat(group.mayClaim(150)).isFalse();
    }

    @Test
    @DisplayName("QRY-4: the first waiter looks every half a minute at least, others not before they are woken")
    void firstWaiterRenewsDemand() {
        Sleeper first = join("a");
        Sleeper second = join("b");
        rest();

        assertThat(group.pause(first, 0)).isEqualTo(30 * SECOND);
        assertThat(group.pause(second, 0)).isEqualTo(Waiter.NEVER);
    }

    @Test
    @DisplayName("DEQ-3: nobody waits beyond his time; who is late and not tried yet is woken by the end of the claim")
    void timesOut() {
        Sleeper first = join("a", 1, 100);
        Sleeper second = join("b", 1, 60);
        Group.Claim claim = group.claim(0);
        assertThat(group.pause(first, 10)).isEqualTo(90);
        assertThat(group.pause(second, 10)).isEqualTo(50);
        assertThat(group.pause(second, 60)).isEqualTo(Waiter.NEVER);
        assertThat(second.overdue).isTrue();
        assertThat(first.overdue).isFalse();

        assertThat(group.succeeded(claim, nothing(), 70)).isEmpty();
        assertThat(List.of(first.tried, second.tried, first.reached, second.reached))
                .containsOnly(true);
        assertThat(second.wakes).isEqualTo(1);
    }

    @Test
    @DisplayName("DEQ-3: after failed claims the group tries again, after 20 ms first, after a second at most")
    void backsOff() {
        Sleeper waiter = join("a");
        for (long millis : new long[] {20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000}) {
            long nanos = Duration.ofMillis(millis).toNanos();
            int wakes = waiter.wakes;
            group.failed(group.claim(0), UNAVAILABLE, 5);
            assertThat(waiter.wakes).isEqualTo(wakes + 1);
            assertThat(group.mayClaim(4 + nanos)).isFalse();
            assertThat(group.pause(waiter, 5)).isEqualTo(nanos);
            assertThat(group.mayClaim(5 + nanos)).isTrue();
        }
        assertThat(waiter.tried).isTrue();
        assertThat(waiter.waiting).isTrue();
        assertThatExceptionOfType(JobQueueException.StoreUnavailable.class).isThrownBy(waiter::requireReached);
        rest();
        waiter.requireReached();
        group.signal();
        assertThat(group.mayClaim(5)).isTrue();
        group.failed(group.claim(5), UNAVAILABLE, 5);
        assertThat(group.pause(waiter, 5)).isEqualTo(Duration.ofMillis(20).toNanos());
    }

    @Test
    @DisplayName("FIN-4: a failure that waiting does not mend goes to all whom the claim counted, and to nobody else")
    void failsForGood() {
        Sleeper first = join("a");
        Sleeper leaver = join("b");
        Group.Claim claim = group.claim(0);
        Sleeper later = join("c");
        group.leave(leaver);
        group.failed(claim, new JobQueueException.Corrupt("planned", null), 0);

        assertThat(first.waiting).isFalse();
        assertThat(first.wakes).isEqualTo(1);
        assertThatExceptionOfType(JobQueueException.Corrupt.class).isThrownBy(first::jobs);
        assertThat(leaver.jobs()).isEmpty();
        assertThat(later.waiting).isTrue();
        assertThat(later.lastFailure).isNull();
        assertThat(later.wakes).isEqualTo(1);
        assertThat(group.mayClaim(SECOND)).isTrue();
        assertThat(workers(group.claim(SECOND))).containsExactly("c");
    }

    @Test
    @DisplayName(
            "DEQ-13: slots whose outcome is unknown are repeated first, as old as they are, until an answer settles them")
    void repeatsUnsettledSlots() {
        Sleeper first = join("a");
        Group.Claim lost = group.claim(10);
        group.failed(lost, UNKNOWN, 20);
        assertThat(first.waiting).isTrue();
        Sleeper second = join("b");

        Group.Claim again = group.claim(30);
        assertThat(again.repeated()).isEqualTo(1);
        assertThat(again.sentNanos()).isEqualTo(10);
        assertThat(workers(again)).containsExactly("a", "b");
        assertThat(token(again, 0)).isEqualTo(token(lost, 0));
        assertThat(again.slots()).extracting(ClaimSlot::fresh).containsExactly(false, true);
        group.failed(again, UNKNOWN, 40);

        Group.Claim third = group.claim(50);
        assertThat(third.slots()).extracting(ClaimSlot::token).containsExactly(token(again, 0), token(again, 1));
        assertThat(third.repeated()).isEqualTo(2);
        assertThat(third.sentNanos()).isEqualTo(10);
        assertThat(group.succeeded(third, jobs(third, 0), 60)).isEmpty();
        assertThat(got(first)).containsExactly(token(lost, 0));
        assertThat(second.waiting).isTrue();
        group.signal();
        Group.Claim fresh = group.claim(70);
        assertThat(fresh.repeated()).isZero();
        assertThat(fresh.sentNanos()).isEqualTo(70);
    }

    @Test
    @DisplayName(
            "DEQ-13: a group is kept, and repeats, while an outcome is unknown, though all have left; no batch is too large for it")
    void settlesForLeavers() {
        List<ClaimSlot> own =
                List.of(new ClaimSlot(JobToken.create(), "a", true), new ClaimSlot(JobToken.create(), "a", true));
        Sleeper first = new Sleeper("a", 2, Waiter.NEVER);
        group.join(first, own, 3, 4);
        Sleeper second = join("b", BATCH, Waiter.NEVER);
        Group.Claim claim = group.claim(5);
        assertThat(claim.slots()).hasSize(BATCH);
        group.failed(claim, UNKNOWN, 6);
        group.leave(first);
        group.leave(second);
        assertThat(group.isUnused()).isFalse();
        group.join(new Sleeper("c", 1, Waiter.NEVER), List.of(new ClaimSlot(JobToken.create(), "c", true)), 7, 8);

        Group.Claim again = group.claim(9);
        assertThat(again.slots()).hasSize(BATCH).noneMatch(ClaimSlot::fresh);
        assertThat(again.slots().subList(0, 2))
                .extracting(ClaimSlot::token)
                .containsExactly(own.get(0).token(), own.get(1).token());
        assertThat(again.sentNanos()).isEqualTo(3);
        List<Taken> unwanted = group.succeeded(again, jobs(again, 0, 1, 2), 10);
        assertThat(tokens(unwanted.stream())).containsExactly(token(again, 1), token(again, 2));
        assertThat(group.isUnused()).isFalse();
        Group.Claim rest = group.claim(11);
        assertThat(workers(rest)).containsExactly("c");
        assertThat(group.succeeded(rest, nothing(), 12)).isEmpty();
        assertThat(group.isUnused()).isTrue();
    }

    @Test
    @DisplayName("a claim waits a moment for as many as the last one served")
    void gathers() {
        join("a");
        join("b");
        Group.Claim claim = group.claim(0);
        assertThat(group.succeeded(claim, jobs(claim, 0, 1), 100)).isEmpty();
        assertThat(group.expected()).isEqualTo(2);

        Sleeper back = new Sleeper("a", 1, Waiter.NEVER);
        group.join(back, List.of(), 0, 500);
        assertThat(group.mayClaim(500 + GATHER - 1)).isFalse();
        assertThat(group.pause(back, 500)).isEqualTo(GATHER);
        assertThat(group.mayClaim(500 + GATHER)).isTrue();
        group.join(new Sleeper("b", 1, Waiter.NEVER), List.of(), 0, 600);
        assertThat(group.mayClaim(600)).isTrue();

        Group.Claim next = group.claim(600);
        assertThat(group.succeeded(next, jobs(next, 0), 700)).isEmpty();
        assertThat(group.expected()).isEqualTo(1);
        group.signal();
        assertThat(group.mayClaim(700)).isTrue();
    }

    @Test
    @DisplayName("those who stayed wait for those who were served with the last claim, as if they had come just then")
    void gathersAfterAClaim() {
        Group three = new Group(SELECTOR, BATCH, GATHER, 3);
        three.join(new Sleeper("a", 1, Waiter.NEVER), List.of(), 0, 0);
        assertThat(three.mayClaim(GATHER - 1)).isFalse();
        assertThat(three.mayClaim(GATHER)).isTrue();
        three.join(new Sleeper("b", 1, Waiter.NEVER), List.of(), 0, 10);
        three.join(new Sleeper("c", 1, Waiter.NEVER), List.of(), 0, 20);
        assertThat(three.mayClaim(20)).isTrue();

        Group.Claim claim = three.claim(20);
        Claimed two = new Claimed(jobs(claim, 0, 1).jobs(), true, Optional.empty());
        assertThat(three.succeeded(claim, two, 5_000)).isEmpty();
        assertThat(three.mayClaim(5_000 + GATHER - 1)).isFalse();
        assertThat(three.mayClaim(5_000 + GATHER)).isTrue();
    }

    @Test
    @DisplayName("DEQ-5: when the one who claims breaks down, the next one claims")
    void abandonedClaimIsMadeAgain() {
        Sleeper first = join("a");
        Sleeper second = join("b");
        var unused = group.claim(0);
        group.leave(first);
        assertThat(second.wakes).isZero();
        group.abandoned();

        assertThat(second.wakes).isEqualTo(1);
        assertThat(group.mayClaim(0)).isTrue();
    }

    @Test
    @DisplayName("DEQ-3: times of any length are taken as long as they are, or as long as a number holds")
    void longTimes() {
        assertThat(Group.saturatedNanos(Duration.ofNanos(5))).isEqualTo(5);
        assertThat(Group.saturatedNanos(Duration.ofNanos(Waiter.NEVER - 2))).isEqualTo(Waiter.NEVER - 2);
        assertThat(Group.saturatedNanos(Duration.ofNanos(Waiter.NEVER))).isEqualTo(Waiter.NEVER - 1);
        assertThat(Group.saturatedNanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Waiter.NEVER - 1);
    }

    @Test
    @DisplayName("DEQ-3: who waits does so from his start on, or for ever")
    void timeLeft() {
        assertThat(new ThreadWaiter(SELECTOR, 1, "a", 100, 7).left(110)).isEqualTo(-3);
        assertThat(new ThreadWaiter(SELECTOR, 1, "a", 100, Waiter.NEVER).left(99))
                .isEqualTo(Waiter.NEVER);
    }

    @Test
    @DisplayName("DEQ-3: an outcome that is unknown until the end is told as an outage: no claim has reached the store")
    void unknownUntilTheEnd() {
        Sleeper waiter = join("a");
        group.failed(group.claim(0), UNKNOWN, 0);
        assertThatExceptionOfType(JobQueueException.StoreUnavailable.class)
                .isThrownBy(waiter::requireReached)
                .withMessageContaining("no dequeue reached the store")
                .withCause(UNKNOWN);
        group.failed(group.claim(0), UNAVAILABLE, 0);
        assertThatExceptionOfType(JobQueueException.StoreUnavailable.class)
                .isThrownBy(waiter::requireReached)
                .withMessage("planned");
    }
}
