package dev.jobqueue.fs.event;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeName;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An event as it was read. Drawn at {@link EventWriter}; times are milliseconds, {@link dev.jobqueue.fs.state.OpenJob#NEVER} for none. */
public sealed interface Event {
    /** How many raw bytes follow the line; -1 for none at all. */
    default int raw() {
        return -1;
    }

    /** A new job; its args follow. */
    record Insert(
            UUID id,
            long sequence,
            long at,
            TypeName type,
            JobOptions options,
            long waitMillis,
            List<Dependency> dependencies,
            List<Dependency> edges,
            int args)
            implements Event {
        @Override
        public int raw() {
            return args;
        }
    }

    /** An attempt began. */
    record Start(UUID id, long at, UUID token, String worker) implements Event {
        /** Without the token, which is a secret. */
        @Override
        public String toString() {
            return "Start[id=" + id + ", at=" + at + ", worker=" + worker + "]";
        }
    }

    /** Progress of the running attempt, which follows. */
    record Progress(UUID id, int bytes) implements Event {
        @Override
        public int raw() {
            return bytes;
        }
    }

    /** The attempt is over, the job is not. */
    record Requeue(
            UUID id,
            long at,
            Attempt.End how,
            long due,
            @Nullable JobError error) implements Event {}

    /** The job is finished; its result follows if there is one. */
    record End(
            UUID id,
            long at,
            JobState state,
            Attempt.@Nullable End how,
            JobTimes times,
            int failures,
            int recoveries,
            List<Attempt> attempts,
            Optional<JobError> error,
            Optional<String> reason,
            @Nullable UUID cause,
            @Nullable UUID root,
            int length,
            int result)
            implements Event {
        @Override
        public int raw() {
            return result;
        }
    }

    /** Jobs were removed, in this order. */
    record Drop(List<UUID> ids) implements Event {}

    /** A scope was paused. */
    record Pause(PauseScope scope) implements Event {}

    /** A scope was resumed. */
    record Resume(PauseScope scope) implements Event {}
}
