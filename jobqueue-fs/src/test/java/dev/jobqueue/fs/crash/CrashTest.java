package dev.jobqueue.fs.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.fs.crash.CrashWorkload.Operation;
import dev.jobqueue.fs.crash.CrashWorkload.Snapshot;
import dev.jobqueue.fs.crash.SimDisk.Fault;
import dev.jobqueue.fs.crash.SimDisk.Keep;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs a recorded workload and cuts it at every single step of the disk. Whatever the disk then holds, a new queue must show exactly what was acknowledged,
 * with or without the call that was under way; again after a second cut anywhere in its recovery; and still after a power loss right behind its recovery.
 */
class CrashTest {
    private static final JobType<RawJson, RawJson> PROBE = JobType.raw("probe");

    /** How far a run came: so many operations were acknowledged, and the next one failed if there is a failure. */
    private record Run(int acknowledged, @Nullable JobQueueException failure) {}

    /** Chance has more to choose from than the other ways. */
    private static final List<Keep> WAYS = List.of(Keep.NONE, Keep.ALL, Keep.PREFIX, Keep.SOME, Keep.SOME, Keep.SOME);

    private final Random random = new Random(7);
    private CrashWorkload workload = new CrashWorkload(1);
    private List<Snapshot> expected = workload.expected();

    private void rounds(int rounds) {
        workload = new CrashWorkload(rounds);
        expected = workload.expected();
    }

    private static JobStore open(SimDisk disk, ManualClock clock) {
        return StoreOnSimDisk.open(disk, clock);
    }

    private Run run(JobStore store, ManualClock clock) {
        int done = 0;
        for (Operation operation : workload.operations()) {
            try {
                operation.call().accept(store, clock);
            } catch (JobQueueException e) {
                return new Run(done, e);
            }
            done++;
        }
        return new Run(done, null);
    }

    private static void closeQuietly(JobStore store) {
        try {
            store.close();
        } catch (JobQueueException e) {
            // The disk is off or refuses: what it holds is looked at below.
        }
    }

    @Test
    @DisplayName("DUR-1: without a fault every step shows what the reference shows")
    void agreesWithTheReference() {
        rounds(4);
        ManualClock clock = new ManualClock();
        JobStore store = open(new SimDisk(), clock);
        for (int i = 0; i < workload.operations().size(); i++) {
            workload.operations().get(i).call().accept(store, clock);
            assertThat(workload.snapshot(store))
                    .as("after %s", workload.operations().get(i))
                    .isEqualTo(expected.get(i + 1));
        }
        store.close();
    }

    @Test
    @DisplayName("DUR-1, DUR-3, DUR-7: a power loss or kill at every step loses nothing acknowledged")
    void survivesACutAtEveryStep() {
        cutAtEveryStep(1, 1);
    }

    @Test
    @Tag("slow")
    @DisplayName(
            "DUR-1, DUR-3, DUR-7: the same over a longer workload, with a second cut at every step of each recovery")
    void survivesTwoCutsAtEveryStep() {
        cutAtEveryStep(4, Integer.MAX_VALUE);
    }

    private void cutAtEveryStep(int rounds, int secondCuts) {
        rounds(rounds);
        int cuts = 0;
        for (int step = 1; ; step++) {
            SimDisk disk = new SimDisk().fault(new Fault(step, Fault.Kind.POWER_OFF));
            ManualClock clock = new ManualClock();
            Run run = new Run(0, null);
            JobStore store = null;
            try {
                store = open(disk, clock);
                run = run(store, clock);
            } catch (JobQueueException e) {
                assertThat(disk.isOff())
                        .as("open failed with the power on: %s", e)
                        .isTrue();
            }
            if (store != null) {
                closeQuietly(store);
            }
            if (!disk.isOff()) {
                break;
            }
            cuts++;
            check(disk.killed(), clock, run, secondCuts, "killed at step " + step, disk);
            for (Keep keep : WAYS) {
                check(
                        disk.powerLost(keep, random),
                        clock,
                        run,
                        secondCuts,
                        "power lost at step " + step + ", kept " + keep,
                        disk);
            }
        }
        assertThat(cuts).as("cuts").isGreaterThan(workload.operations().size());
    }

    /** Opens what is left and compares; {@code left} stays as it is. */
    private void check(SimDisk left, ManualClock clock, Run run, int secondCuts, String what, SimDisk before) {
        SimDisk disk = left.killed();
        Snapshot seen = open(disk, clock, run, what, before);
        int recoverySteps = disk.steps();

        // What recovery has shown is durable, whatever was forced before it (DUR-7).
        SimDisk after = disk.powerLost(Keep.NONE, random);
        try (JobStore store = StoreOnSimDisk.open(after, clock)) {
            assertThat(workload.snapshot(store))
                    .as("%s, then power lost right after the recovery", what)
                    .isEqualTo(seen);
            probe(store, what);
        } catch (JobQueueException e) {
            fail(what + ", then power lost right after the recovery\n" + disk.log(), e);
        }

        for (int cut : secondCuts(recoverySteps, secondCuts)) {
            SimDisk again = left.killed().fault(new Fault(cut, Fault.Kind.POWER_OFF));
            try {
                closeQuietly(open(again, clock));
            } catch (JobQueueException e) {
                assertThat(again.isOff()).as("%s: %s", what, e).isTrue();
            }
            String twice = what + ", again at step " + cut + " of the recovery";
            open(again.killed(), clock, run, twice + ", killed", again);
            open(again.powerLost(Keep.SOME, random), clock, run, twice + ", power lost", again);
        }
    }

    private List<Integer> secondCuts(int steps, int most) {
        List<Integer> cuts = new ArrayList<>();
        if (most >= steps) {
            for (int i = 1; i <= steps; i++) {
                cuts.add(i);
            }
        } else {
            random.ints(most, 1, steps + 1).forEach(cuts::add);
        }
        return cuts;
    }

    /** Opens a disk and checks that it shows what was acknowledged, perhaps with the call that was under way. */
    private Snapshot open(SimDisk disk, ManualClock clock, Run run, String what, SimDisk before) {
        JobStore store = null;
        try {
            store = open(disk, clock);
            Snapshot seen = workload.snapshot(store);
            int next = Math.min(run.acknowledged() + 1, expected.size() - 1);
            boolean unchanged = run.failure() instanceof JobQueueException.StoreUnavailable;
            if (!seen.equals(expected.get(run.acknowledged())) && (unchanged || !seen.equals(expected.get(next)))) {
                fail(
                        "%s: %d operations were acknowledged, the next was '%s' (%s)%nseen:     %s%nexpected: %s%nsteps: %s"
                                .formatted(
                                        what,
                                        run.acknowledged(),
                                        run.acknowledged()
                                                        < workload.operations().size()
                                                ? workload.operations().get(run.acknowledged())
                                                : "none",
                                        run.failure(),
                                        seen,
                                        expected.get(run.acknowledged()),
                                        before.log()));
            }
            return seen;
        } catch (JobQueueException e) {
            return fail(what + ": cannot be opened or read\n" + before.log() + "\n" + disk.log(), e);
        } finally {
            if (store != null) {
                closeQuietly(store);
            }
        }
    }

    /** The store works: a job goes all the way through. */
    private static void probe(JobStore store, String what) {
        JobRequest<RawJson, RawJson> request = PROBE.job(RawJson.of("[1]"));
        JobToken token = JobToken.create();
        var inserted = store.insert(List.of(List.of(new NewJob(request.job(), Duration.ZERO))));
        List<JobId> claimed =
                store
                        .claim(new ClaimRequest(Selector.of(PROBE), List.of(new ClaimSlot(token, "probe"))))
                        .jobs()
                        .stream()
                        .map(job -> job.job().id())
                        .toList();
        var finished =
                store.finish(List.of(new FinishRequest(token, new JobOutcome.Succeeded(RawJson.NULL), 0, List.of())));
        assertThat(inserted.items()).as(what).hasSize(1);
        assertThat(claimed).as(what).containsExactly(request.id());
        assertThat(finished.changes().ended()).as(what).containsExactly(request.id());
    }

    @Test
    @DisplayName("DUR-2: segments whose seal never came into the manifest lose nothing, behind a checkpoint or not")
    void survivesWithoutSeals() {
        rounds(4);
        for (int operations = 5; operations <= workload.operations().size(); operations += 5) {
            SimDisk disk = new SimDisk();
            ManualClock clock = new ManualClock();
            JobStore store = StoreOnSimDisk.open(new NoSealsDisk(disk), clock);
            for (Operation operation : workload.operations().subList(0, operations)) {
                operation.call().accept(store, clock);
            }
            Run run = new Run(operations, null);
            SimDisk killed = disk.killed();
            SimDisk powerLost = disk.powerLost(Keep.NONE, random);
            closeQuietly(store);
            check(killed, clock, run, 0, "no seals, killed after " + operations, disk);
            check(powerLost, clock, run, 0, "no seals, power lost after " + operations, disk);
        }
    }

    @Test
    @DisplayName("DUR-2: an I/O error at any write, force or rename is reported, and nothing acknowledged is lost")
    void survivesAnIoErrorAtEveryStep() {
        rounds(2);
        for (int step = 1; ; step++) {
            SimDisk disk = new SimDisk().fault(new Fault(step, Fault.Kind.IO_ERROR));
            ManualClock clock = new ManualClock();
            JobStore store;
            try {
                store = open(disk, clock);
            } catch (JobQueueException e) {
                check(disk.killed(), clock, new Run(0, e), 0, "I/O error in open at step " + step, disk);
                continue;
            }
            Run run = run(store, clock);
            closeQuietly(store);
            if (disk.steps() < step) {
                break;
            }
            String what = "I/O error at step " + step;
            check(disk.killed(), clock, run, 0, what + ", killed", disk);
            check(disk.powerLost(Keep.NONE, random), clock, run, 0, what + ", power lost", disk);
            check(disk.powerLost(Keep.ALL, random), clock, run, 0, what + ", power lost after write-back", disk);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KILL", "GO_ON"})
    @DisplayName("DUR-2: a disk that becomes full refuses calls, loses nothing, and goes on once there is room")
    void survivesAFullDisk(AfterFull then) {
        rounds(3);
        int refused = 0;
        for (int step = 1; ; step += 3) {
            SimDisk disk = new SimDisk().fault(new Fault(step, Fault.Kind.DISK_FULL));
            ManualClock clock = new ManualClock();
            JobStore store;
            try {
                store = open(disk, clock);
            } catch (JobQueueException e) {
                continue;
            }
            if (disk.steps() >= step) {
                closeQuietly(store);
                continue;
            }
            Run run = run(store, clock);
            String what = "disk full at step " + step + ", " + run.failure();
            if (disk.steps() < step) {
                store.close();
                break;
            }
            if (run.failure() != null) {
                refused++;
                assertThat(run.failure()).as(what).isExactlyInstanceOf(JobQueueException.StoreUnavailable.class);
                assertThat(workload.snapshot(store)).as(what).isEqualTo(expected.get(run.acknowledged()));
                if (then == AfterFull.GO_ON) {
                    disk.makeRoom();
                    goOn(store, clock, run.acknowledged(), what);
                }
            }
            closeQuietly(store);
            if (then == AfterFull.KILL) {
                disk.makeRoom();
                check(disk.killed(), clock, run, 0, what, disk);
            }
        }
        assertThat(refused).isPositive();
    }

    enum AfterFull {
        KILL,
        GO_ON
    }

    private void goOn(JobStore store, ManualClock clock, int from, String what) {
        for (int i = from; i < workload.operations().size(); i++) {
            Operation operation = workload.operations().get(i);
            Awaitility.await(what + ", " + operation)
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(1))
                    .ignoreExceptionsInstanceOf(JobQueueException.StoreUnavailable.class)
                    .until(() -> {
                        operation.call().accept(store, clock);
                        return true;
                    });
        }
        assertThat(workload.snapshot(store)).as(what).isEqualTo(expected.get(expected.size() - 1));
    }
}
