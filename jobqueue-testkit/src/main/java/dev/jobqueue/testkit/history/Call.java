package dev.jobqueue.testkit.history;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import java.util.List;
import java.util.Set;

/** What was asked. Types of jobs are full names. Immutable and thread-safe. */
public sealed interface Call {
    /** Store these jobs, all or nothing. */
    record Enqueue(List<Entry> jobs) implements Call {
        public Enqueue {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * What the check needs to know of a job.
     *
     * @param attempts how many failures end the job
     * @param recoveries how many lost heartbeats do not end it
     * @param delayed whether it has to wait for a time of its own
     */
    record Entry(
            JobId id,
            String type,
            int priority,
            int attempts,
            int recoveries,
            boolean delayed,
            List<Dependency> dependencies) {
        public Entry {
            dependencies = List.copyOf(dependencies);
        }
    }

    /** Give one job of these types for each token, without waiting: one call of a store. */
    record Claim(Set<String> types, List<JobToken> tokens) implements Call {
        public Claim {
            types = Set.copyOf(types);
            tokens = List.copyOf(tokens);
        }
    }

    /** Give a job of these types, and wait for one: a dequeue of a queue, which makes claims meanwhile. */
    record Wait(Set<String> types) implements Call {
        public Wait {
            types = Set.copyOf(types);
        }
    }

    /** Wait for the end of this job. */
    record Await(JobId id) implements Call {}

    /** End this attempt. */
    record Finish(JobToken token, Ending ending) implements Call {}

    /** This attempt is alive. */
    record Heartbeat(JobToken token) implements Call {}

    /** Cancel this job, and no other. */
    record Cancel(JobId id) implements Call {}

    /** Give up the attempts that were not heard of. */
    record Expire() implements Call {}

    /** How a worker ends an attempt. */
    enum Ending {
        SUCCESS,
        /** An error after which the job may be tried again. */
        FAILURE,
        /** An error that ends the job. */
        PERMANENT_FAILURE,
        RELEASE,
        /** A release with a delay. */
        RELEASE_LATER
    }
}
