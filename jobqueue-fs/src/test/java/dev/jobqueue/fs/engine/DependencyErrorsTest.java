package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.fs.state.JobIndex;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.spi.StoreRules;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** DEP-3: the error that is made out of the end of the root is the one that the rule gives step by step. */
class DependencyErrorsTest {
    private final Pair pair = new JobIndex().pairOrNew(new TypeChannel(TypeName.parse("a"), "default"));

    private Entry job(int n) {
        return new Entry(1, n, pair);
    }

    private void isTheSameAsStepByStep(JobState state, @Nullable JobError error, @Nullable String reason) {
        Entry root = job(1);
        Event.End end = new Event.End(
                root.id().value(),
                1,
                state,
                null,
                new JobTimes(Instant.EPOCH, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
                0,
                0,
                List.of(),
                Optional.ofNullable(error),
                Optional.ofNullable(reason),
                null,
                null,
                0,
                -1);
        JobError expected = StoreRules.dependencyFailed(root.id(), state, error, reason);
        for (int length = 1; length <= 4; length++) {
            Entry dependency = job(length);
            assertThat(DependencyErrors.error(new Cause(dependency, root, length), end))
                    .as("at length %d", length)
                    .isEqualTo(expected);
            JobId next = job(length + 1).id();
            expected = StoreRules.dependencyFailed(next, JobState.FAILED, expected, null);
        }
    }

    @Test
    @DisplayName("below a root that failed, or was canceled, or has such an error of its own")
    void stepByStep() {
        JobError error = new JobError(7, ErrorClass.CLIENT, "no good", RawJson.of("[1]"), false);
        isTheSameAsStepByStep(JobState.FAILED, error, null);
        isTheSameAsStepByStep(JobState.CANCELED, null, "not wanted");
        JobError another = StoreRules.dependencyFailed(job(9).id(), JobState.FAILED, error, null);
        isTheSameAsStepByStep(JobState.FAILED, another, null);
    }
}
