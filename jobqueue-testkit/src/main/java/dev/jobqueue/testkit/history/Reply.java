package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import java.util.List;

/** What was answered. Immutable and thread-safe. */
public sealed interface Reply {
    /** To an enqueue: for each job the one that stands for it now. */
    record Stored(List<JobId> ids) implements Reply {
        public Stored {
            ids = List.copyOf(ids);
        }
    }

    /** To a claim or a wait: the attempts that begin, perhaps none. */
    record Given(List<Start> starts) implements Reply {
        public Given {
            starts = List.copyOf(starts);
        }
    }

    /** The begin of an attempt, with its number from 1. */
    record Start(JobId id, JobToken token, int attempt) {}

    /** To an await: whether the job was finished. */
    record Seen(boolean finished) implements Reply {}

    /** To a finish or a heartbeat. */
    record Told(Verdict verdict) implements Reply {}

    /** To a cancel: the job is canceled, and whether it was this call that did it. */
    record Canceled(boolean now) implements Reply {}

    /** To an expire: the jobs whose attempt was ended. */
    record Expired(List<JobId> ids) implements Reply {
        public Expired {
            ids = List.copyOf(ids);
        }
    }

    /** To any call: nothing was changed, because the store refused it or could not be reached. */
    record Refused() implements Reply {}
}
