package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a checkpoint, compaction and repair need of each event. */
class TransitionsTest {
    private static final TypeChannel PAIR = new TypeChannel(TypeName.parse("a"), "default");
    private static final int EPOCH = 7;
    private static final int SEGMENT = 1;
    private static final int OTHER_SEGMENT = 2;

    private final JobIndex index = new JobIndex();
    private final Transitions transitions = new Transitions(index, new ChangeLog());
    private final List<String> seen = new ArrayList<>();
    private int jobs;

    private static Ref ref(int length) {
        return new Ref(Position.of(SEGMENT, 0), length, 0);
    }

    private static Ref moved(int length) {
        return new Ref(Position.of(OTHER_SEGMENT, 0), length, 0);
    }

    private Entry insert(long wait, Edges edges) {
        Entry e = new Entry(0, ++jobs, index.pairOrNew(PAIR));
        transitions.insert(e, jobs, edges, JobOptions.DEFAULT, 0, wait, ref(100));
        return e;
    }

    private Entry insert() {
        return insert(0, Edges.NONE);
    }

    private Entry insert(boolean required, Entry... targets) {
        boolean[] flags = new boolean[targets.length];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = required;
        }
        return insert(0, Edges.of(targets, flags));
    }

    private void start(Entry e) {
        transitions.start(e, 1, e.idLow, "worker", 0, 0, 0);
    }

    private void end(Entry e, JobState state) {
        transitions.end(e, state, 1, Attempt.End.SUCCEEDED, null, -1, ref(10));
    }

    private Entry running() {
        Entry e = insert();
        start(e);
        return e;
    }

    /** Notes what the observer sees from now on. */
    private void observe() {
        transitions.observe(EPOCH, e -> seen.add(e.idLow + " " + e.state()));
    }

    private long live(int segment) {
        return index.live.snapshot().getOrDefault(segment, 0L);
    }

    @Test
    @DisplayName("a checkpoint sees each job as it was before an event changes it")
    void observerSeesAJobBeforeItChanges() {
        Entry e = insert(5, Edges.NONE);
        observe();
        transitions.promote(5);
        start(e);
        transitions.progress(e, ref(1));
        transitions.movedProgress(e, moved(1));
        transitions.requeue(e, Attempt.End.RELEASED, 6, 9, null);
        start(e);
        transitions.movedDefinition(e, moved(100));
        end(e, JobState.SUCCEEDED);
        transitions.movedEnd(e, moved(10));
        transitions.drop(e);
        assertThat(seen)
                .containsExactly(
                        "1 SCHEDULED",
                        "1 READY",
                        "1 RUNNING",
                        "1 RUNNING",
                        "1 RUNNING",
                        "1 SCHEDULED",
                        "1 RUNNING",
                        "1 RUNNING",
                        "1 SUCCEEDED",
                        "1 SUCCEEDED");
    }

    @Test
    @DisplayName("a checkpoint sees a dependent before the end of its dependency changes it, and only if it does")
    void observerSeesDependents() {
        Entry one = running();
        Entry other = running();
        insert(false, one);
        insert(false, one, other);
        insert(true, one);
        observe();
        end(one, JobState.FAILED);
        assertThat(seen).containsExactly("1 RUNNING", "3 BLOCKED", "4 BLOCKED");
        seen.clear();
        end(other, JobState.SUCCEEDED);
        assertThat(seen).as("it has counted down before").containsExactly("2 RUNNING", "4 BLOCKED");
    }

    @Test
    @DisplayName("a checkpoint does not see again what it has, nor jobs that are newer than it")
    void observerDoesNotSeeWhatIsCaptured() {
        Entry old = insert();
        transitions.observe(EPOCH, e -> {
            seen.add(e.idLow + " " + e.state());
            e.captured = EPOCH;
        });
        start(old);
        end(old, JobState.SUCCEEDED);
        Entry fresh = insert();
        start(fresh);
        assertThat(seen).containsExactly("1 READY");
    }

    @Test
    @DisplayName(
            "live are the definition of a kept job, the last progress of a running one and the end of a finished one")
    void liveBytes() {
        Entry e = insert();
        assertThat(live(SEGMENT)).isEqualTo(100);
        start(e);
        transitions.progress(e, ref(7));
        assertThat(live(SEGMENT)).isEqualTo(107);
        transitions.progress(e, ref(5));
        assertThat(live(SEGMENT)).as("the last progress only").isEqualTo(105);
        transitions.requeue(e, Attempt.End.RELEASED, 1, OpenJob.NEVER, null);
        assertThat(live(SEGMENT)).as("progress belongs to the attempt").isEqualTo(100);
        start(e);
        transitions.progress(e, ref(3));
        end(e, JobState.SUCCEEDED);
        assertThat(live(SEGMENT)).isEqualTo(110);
        transitions.drop(e);
        assertThat(live(SEGMENT)).isZero();
    }

    @Test
    @DisplayName("what compaction has copied is live where it is now")
    void movedBytes() {
        Entry e = running();
        transitions.progress(e, ref(7));
        transitions.movedDefinition(e, moved(101));
        transitions.movedProgress(e, moved(8));
        assertThat(live(SEGMENT)).isZero();
        assertThat(live(OTHER_SEGMENT)).isEqualTo(109);
        assertThat(e.definition()).isEqualTo(moved(101));
        assertThat(e.open().running().progress()).isEqualTo(moved(8));
        end(e, JobState.SUCCEEDED);
        transitions.movedEnd(e, moved(11));
        assertThat(live(SEGMENT)).isZero();
        assertThat(live(OTHER_SEGMENT)).isEqualTo(112);
        assertThat(e.end()).isEqualTo(moved(11));
    }

    @Test
    @DisplayName("DUR-3: progress that is lost is not live, and the job runs on without it")
    void lostProgress() {
        Entry e = running();
        transitions.progress(e, ref(7));
        observe();
        transitions.loseProgress(e);
        assertThat(seen).containsExactly("1 RUNNING");
        assertThat(live(SEGMENT)).isEqualTo(100);
        assertThat(e.state()).isEqualTo(JobState.RUNNING);
        assertThat(e.open().running().progress()).isNull();
    }

    @Test
    @DisplayName("a dependency named at several positions can be pruned when its one dependent was dropped, not before")
    void droppedDependentLeavesEachDependencyOnce() {
        Entry target = running();
        end(target, JobState.SUCCEEDED);
        Entry twice = insert(false, target, target);
        Entry once = insert(false, target);
        for (Entry e : List.of(twice, once)) {
            start(e);
            end(e, JobState.SUCCEEDED);
        }
        transitions.drop(twice);
        assertThat(index.hasDependents(target)).isTrue();
        assertThat(index.prunableAfter(null)).isSameAs(once);
        transitions.drop(once);
        assertThat(index.hasDependents(target)).isFalse();
        assertThat(index.prunableAfter(null)).isSameAs(target);
    }

    @Test
    @DisplayName("DUR-3: repair takes away the edges to lost jobs and no others; who waited for nothing else may run")
    void lostEdges() {
        Entry lost = running();
        Entry kept = running();
        Entry freed = insert(true, lost, lost);
        Entry waits =
                insert(0, Edges.of(new Entry[] {lost, kept, lost, kept}, new boolean[] {true, false, true, true}));
        transitions.loseEdges(freed, Set.of(lost), 3);
        transitions.loseEdges(waits, Set.of(lost), 3);

        assertThat(freed.state()).isEqualTo(JobState.READY);
        assertThat(freed.open().unblocked()).isEqualTo(3);
        assertThat(freed.edges().size()).isZero();
        assertThat(index.pairOrNew(PAIR).firstReady()).isSameAs(freed);
        assertThat(index.pairOrNew(PAIR).count(JobState.BLOCKED)).isEqualTo(1);
        assertThat(waits.state()).isEqualTo(JobState.BLOCKED);
        assertThat(waits.edges().size()).isEqualTo(2);
        assertThat(waits.edges().target(0)).isSameAs(kept);
        assertThat(waits.edges().required(0)).isFalse();
        assertThat(waits.edges().target(1)).isSameAs(kept);
        assertThat(waits.edges().required(1)).isTrue();
    }

    @Test
    @DisplayName(
            "DUR-3: repair lets no job run whose required dependency has failed, and none that runs or is finished again")
    void lostEdgesOfJobsThatAreNotFreed() {
        Entry lost = running();
        Entry failed = running();
        Entry doomed = insert(true, lost, failed);
        Entry runs = running();
        Entry over = running();
        end(over, JobState.SUCCEEDED);
        end(failed, JobState.FAILED);
        for (Entry e : List.of(doomed, runs, over)) {
            transitions.loseEdges(e, Set.of(lost), 3);
        }
        assertThat(doomed.state()).isEqualTo(JobState.BLOCKED);
        assertThat(runs.state()).isEqualTo(JobState.RUNNING);
        assertThat(over.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("DUR-3: repair forgets a cause of which a job is lost, and keeps every other")
    void lostCauses() {
        Entry root = running();
        Entry middle = insert(true, root);
        Entry last = insert(true, middle);
        Entry other = insert();
        end(root, JobState.FAILED);
        transitions.end(middle, JobState.FAILED, 1, null, Cause.of(root), -1, ref(10));
        transitions.end(last, JobState.FAILED, 1, null, Cause.of(middle), -1, ref(10));

        transitions.loseEdges(last, Set.of(other), 3);
        assertThat(last.cause()).isEqualTo(new Cause(middle, root, 2));
        transitions.loseEdges(last, Set.of(root), 3);
        assertThat(last.cause()).isNull();
        transitions.loseEdges(middle, Set.of(root), 3);
        assertThat(middle.cause()).isNull();
    }

    @Test
    @DisplayName("DUR-3: repair forgets a cause of which only the dependency is lost")
    void lostDependencyOfACause() {
        Entry root = running();
        Entry middle = insert(true, root);
        Entry last = insert(true, middle);
        end(root, JobState.FAILED);
        transitions.end(middle, JobState.FAILED, 1, null, Cause.of(root), -1, ref(10));
        transitions.end(last, JobState.FAILED, 1, null, Cause.of(middle), -1, ref(10));
        transitions.loseEdges(last, Set.of(middle), 3);
        assertThat(last.cause()).isNull();
    }
}
