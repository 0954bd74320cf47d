package dev.jobqueue.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks what one worker tells: claimed, then one end, which is told only when it is kept. */
final class SimulatedEvents implements WorkerListener {
    private record Key(JobId id, int attempt) {}

    private enum Stage {
        CLAIMED,
        ENDED
    }

    private static final Optional<Attempt.End> SUCCEEDED = Optional.of(Attempt.End.SUCCEEDED);

    private final WorkerSimulation.World world;
    private final Map<Key, Stage> stages = new HashMap<>();
    private @Nullable AssertionError first;

    SimulatedEvents(WorkerSimulation.World world) {
        this.world = world;
    }

    /** What a listener throws is logged only, so it is kept for the end. */
    private void check(Runnable assertions) {
        try {
            assertions.run();
        } catch (AssertionError e) {
            first = first == null ? e : first;
        }
    }

    @Override
    public void claimed(AttemptInfo attempt) {
        check(() -> assertThat(stages.put(key(attempt), Stage.CLAIMED))
                .as("claimed once")
                .isNull());
    }

    @Override
    public void stopRequested(AttemptInfo attempt, StopReason reason) {
        check(() -> assertThat(stages.get(key(attempt)))
                .as("stopped before its end")
                .isEqualTo(Stage.CLAIMED));
    }

    private static Key key(AttemptInfo attempt) {
        return new Key(attempt.id(), attempt.attempt());
    }

    private void ended(AttemptInfo attempt) {
        check(() -> assertThat(stages.put(key(attempt), Stage.ENDED))
                .as("ends once")
                .isEqualTo(Stage.CLAIMED));
    }

    private void kept(AttemptInfo attempt, Attempt.End end) {
        ended(attempt);
        check(() -> assertThat(stored(attempt)).as("what was told is kept").contains(end));
    }

    private Optional<Attempt.End> stored(AttemptInfo attempt) {
        return world.real.status(attempt.id()).attempts().stream()
                .filter(each -> each.number() == attempt.attempt())
                .findFirst()
                .flatMap(Attempt::end);
    }

    @Override
    public void succeeded(AttemptInfo attempt) {
        kept(attempt, Attempt.End.SUCCEEDED);
        check(() -> assertThat(world.real.job(attempt.id()).options().timeout())
                .as("in time")
                .matches(timeout -> timeout.isEmpty() || attempt.ran().compareTo(timeout.get()) < 0));
    }

    @Override
    public void failed(AttemptInfo attempt, JobError error) {
        kept(attempt, Attempt.End.FAILED);
    }

    @Override
    public void released(AttemptInfo attempt, Duration delay) {
        kept(attempt, Attempt.End.RELEASED);
    }

    @Override
    public void canceled(AttemptInfo attempt, String reason) {
        ended(attempt);
    }

    @Override
    public void lost(AttemptInfo attempt) {
        ended(attempt);
        check(() -> assertThat(stored(attempt)).as("what was kept is not lost").isNotEqualTo(SUCCEEDED));
    }

    /** @param complete whether every attempt must have come to its end */
    void checkAll(boolean complete) {
        if (first != null) {
            throw first;
        }
        if (!complete) {
            return;
        }
        assertThat(stages).as("every attempt has come to its end").doesNotContainValue(Stage.CLAIMED);
    }
}
