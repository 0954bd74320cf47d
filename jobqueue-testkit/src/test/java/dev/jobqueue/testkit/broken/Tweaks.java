package dev.jobqueue.testkit.broken;

import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobTimes;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Small changes of values. */
final class Tweaks {
    private Tweaks() {}

    static <T, U> Answer<U> map(Answer<T> answer, Function<T, U> change) {
        if (answer instanceof Answer.Accepted<T> accepted) {
            return Answer.accepted(change.apply(accepted.value()));
        }
        return ((Answer.Refused<T>) answer).cast();
    }

    static boolean accepted(Answer<?> answer) {
        return answer instanceof Answer.Accepted;
    }

    /** Whether the answer is this refusal. */
    static boolean refused(Answer<?> answer, Answer.Reason reason) {
        return answer instanceof Answer.Refused<?> refused && refused.reason() == reason;
    }

    static <T> Receipt<T> silent(Receipt<T> receipt) {
        return new Receipt<>(receipt.items(), Changes.NONE);
    }

    static <T> Receipt<T> items(Receipt<T> receipt, Function<T, T> change) {
        return new Receipt<>(receipt.items().stream().map(change).toList(), receipt.changes());
    }

    /** The state of a job now; empty if there is none. */
    static Optional<JobStatus<RawJson>> status(JobStore store, JobId id) {
        return store.find(List.of(id), EnumSet.allOf(Part.class)).get(0).map(StoredJob::status);
    }

    static boolean is(JobStore store, JobId id, JobState state) {
        return status(store, id).filter(s -> s.state() == state).isPresent();
    }

    static JobStatus<RawJson> type(JobStatus<RawJson> s, TypeName type) {
        return status(s, type, s.times(), s.failures(), s.progress(), s.error());
    }

    static JobStatus<RawJson> times(JobStatus<RawJson> s, JobTimes times) {
        return status(s, s.type(), times, s.failures(), s.progress(), s.error());
    }

    static JobStatus<RawJson> failures(JobStatus<RawJson> s, int failures) {
        return status(s, s.type(), s.times(), failures, s.progress(), s.error());
    }

    static JobStatus<RawJson> progress(JobStatus<RawJson> s, Optional<RawJson> progress) {
        return status(s, s.type(), s.times(), s.failures(), progress, s.error());
    }

    static JobStatus<RawJson> error(JobStatus<RawJson> s, Function<JobError, JobError> change) {
        return status(
                s, s.type(), s.times(), s.failures(), s.progress(), s.error().map(change));
    }

    private static JobStatus<RawJson> status(
            JobStatus<RawJson> s,
            TypeName type,
            JobTimes times,
            int failures,
            Optional<RawJson> progress,
            Optional<JobError> error) {
        return new JobStatus<>(
                s.id(),
                type,
                s.channel(),
                s.state(),
                times,
                failures,
                s.recoveries(),
                s.attempts(),
                progress,
                s.result(),
                error,
                s.cancelReason(),
                s.dependencies());
    }

    /** Shows other jobs than are stored. */
    abstract static class Showing extends DelegatingJobStore {
        Showing(JobStore store) {
            super(store);
        }

        abstract StoredJob show(StoredJob job);

        @Override
        public List<Optional<StoredJob>> find(List<JobId> ids, Set<Part> parts) {
            return super.find(ids, parts).stream().map(j -> j.map(this::show)).toList();
        }
    }
}
