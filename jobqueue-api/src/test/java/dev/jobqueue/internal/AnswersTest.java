package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** FIN-4: how answers of a store become values and exceptions. */
class AnswersTest {
    private final JobId id = JobId.create();

    @Test
    @DisplayName("an accepted item is its value")
    void acceptedIsTheValue() {
        assertThat(Answers.valueOf(Answer.accepted("value"))).isEqualTo("value");
    }

    @Test
    @DisplayName("FIN-4: each refusal is an exception of its own, with job and state")
    void refusalsAreExceptions() {
        assertThatThrownBy(() -> Answers.valueOf(Answer.refused(Reason.NOT_FOUND, id)))
                .isInstanceOf(JobQueueException.NotFound.class)
                .hasMessageContaining(id.toString());
        assertThatThrownBy(() -> Answers.valueOf(Answer.refused(Reason.PAUSED, id)))
                .isInstanceOf(JobQueueException.Paused.class)
                .hasMessageContaining(id.toString());
        assertThatThrownBy(() -> Answers.valueOf(Answer.refused(Reason.NOT_PENDING, id, JobState.BLOCKED)))
                .isInstanceOfSatisfying(
                        JobQueueException.NotPending.class,
                        e -> assertThat(e.state()).isEqualTo(JobState.BLOCKED));
        assertThatThrownBy(() -> Answers.valueOf(Answer.refused(Reason.ALREADY_FINISHED, id, JobState.FAILED)))
                .isInstanceOfSatisfying(
                        JobQueueException.AlreadyFinished.class,
                        e -> assertThat(e.state()).isEqualTo(JobState.FAILED));
    }

    @Test
    @DisplayName("a refusal is the same one as the answer to another call")
    void refusalsAreCast() {
        Answer.Refused<String> refused = Answer.refused(Reason.NOT_PENDING, id, JobState.BLOCKED);
        Answer.Refused<Integer> cast = refused.cast();
        assertThat(cast.reason()).isEqualTo(refused.reason());
        assertThat(cast.id()).isEqualTo(id);
        assertThat(cast.state()).contains(JobState.BLOCKED);
        assertThat(cast.message()).isEqualTo(refused.message());
    }

    @ParameterizedTest
    @EnumSource(names = {"INVALID", "STILL_NEEDED", "TOO_LARGE"})
    @DisplayName("FIN-4: what is invalid says what the store says")
    void invalidHasTheMessage(Reason reason) {
        assertThatThrownBy(() -> Answers.valueOf(Answer.refused(reason, id, "the text")))
                .isInstanceOf(JobQueueException.Invalid.class)
                .hasMessage("the text");
    }

    @Test
    @DisplayName("DEQ-13: an unknown outcome names what to repeat the call with, other failures stay as they are")
    void unknownOutcomeNamesWhatToRepeat() {
        JobToken token = JobToken.create();
        JobQueueException.OutcomeUnknown unknown = new JobQueueException.OutcomeUnknown("lost", null);
        assertThatThrownBy(() -> Answers.settleable(List.of(id), List.of(token), () -> {
                    throw unknown;
                }))
                .isInstanceOfSatisfying(JobQueueException.OutcomeUnknown.class, e -> {
                    assertThat(e.ids()).containsExactly(id);
                    assertThat(e.tokens()).containsExactly(token);
                })
                .hasMessageContaining("lost")
                .hasCause(unknown);
        IllegalStateException other = new IllegalStateException();
        assertThatThrownBy(() -> Answers.settleable(List.of(id), List.of(), () -> {
                    throw other;
                }))
                .isSameAs(other);
        assertThat(Answers.settleable(List.of(), List.of(), () -> 7)).isEqualTo(7);
    }

    @Test
    @DisplayName("a failure that callers share is of the same kind for each, with the shared one as its cause")
    void copiesAreOfTheSameKind() {
        List.of(
                        new JobQueueException.OutcomeUnknown("text", null),
                        new JobQueueException.StoreUnavailable("text", null),
                        new JobQueueException.Corrupt("text", null))
                .forEach(shared -> assertThat(Answers.copy(shared))
                        .isNotSameAs(shared)
                        .hasSameClassAs(shared)
                        .hasMessageContaining("text")
                        .hasCause(shared));
        assertThat(Answers.copy(new JobQueueException.Closed())).isInstanceOf(JobQueueException.Closed.class);
        RuntimeException unexpected = new UnsupportedOperationException("text");
        assertThat(Answers.copy(unexpected))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("text")
                .hasCause(unexpected);
    }
}
