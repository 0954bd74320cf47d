package dev.jobqueue.testkit.model;

import static dev.jobqueue.testkit.model.World.choose;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import java.util.List;
import java.util.Optional;

/** Jobs and outcomes as a program has them: numbers of {@link Samples}. */
final class Sketch {
    private Sketch() {}

    record Graph(List<Repeat> repeats, List<OfJob> jobs) {
        @Override
        public String toString() {
            return repeats.isEmpty() ? jobs.toString() : repeats + " and " + jobs;
        }
    }

    /** An insert of an id again, with the same or with other content. */
    record Repeat(int index, boolean changed) {}

    record OfJob(int type, int channel, int args, List<Edge> edges, Options options) {
        @Override
        public String toString() {
            return "job type=" + choose(Samples.TYPES, type)
                    + (channel == 0 ? "" : " channel=" + choose(Samples.CHANNELS, channel))
                    + (args == 0 ? "" : " args=JSON " + args)
                    + (edges.isEmpty() ? "" : " dependencies=" + edges)
                    + options;
        }
    }

    /**
     * A dependency.
     *
     * @param sameGraph whether the number counts the jobs before it in the graph
     */
    record Edge(boolean sameGraph, Pick.OfJob job, boolean required) {
        @Override
        public String toString() {
            return (required ? "requires " : "dependsOn ") + (sameGraph ? "same graph or " : "") + job;
        }
    }

    record Options(
            int priority,
            int uniqueKey,
            int delay,
            boolean notBefore,
            int timeout,
            int retries,
            int backoff,
            int recoveries) {
        /** Only what is not the simplest value. */
        @Override
        public String toString() {
            return (priority == 0 ? "" : " priority=" + choose(Samples.PRIORITIES, priority))
                    + (uniqueKey == 0 ? "" : " uniqueKey=" + uniqueKey)
                    + (delay == 0 ? "" : (notBefore ? " notBefore=now+" : " delay=") + choose(Samples.TIMES, delay))
                    + (timeout == 0 ? "" : " timeout=" + choose(Samples.TIMES, timeout))
                    + (retries == 0 ? "" : " retries=" + retries)
                    + (backoff == 0 ? "" : " backoff=" + choose(Samples.BACKOFFS, backoff))
                    + (recoveries == 0 ? "" : " recoveries=" + recoveries);
        }
    }

    /** What an outcome is. */
    enum Kind {
        SUCCEEDED,
        FAILED,
        FAILED_FOR_GOOD,
        FAILED_WITH_RESULT,
        RELEASED
    }

    record Outcome(Kind kind, int value) {
        @Override
        public String toString() {
            return kind + " " + value;
        }

        JobOutcome resolve() {
            JobError error = new JobError(
                    value,
                    value % 2 == 0 ? ErrorClass.CLIENT : ErrorClass.INTERNAL,
                    choose(Samples.TEXTS, value),
                    choose(Samples.JSON, value),
                    kind == Kind.FAILED_FOR_GOOD);
            return switch (kind) {
                case SUCCEEDED -> new JobOutcome.Succeeded(choose(Samples.JSON, value));
                case FAILED, FAILED_FOR_GOOD -> new JobOutcome.Failed(error);
                case FAILED_WITH_RESULT -> new JobOutcome.Failed(error, Optional.of(choose(Samples.JSON, value)));
                case RELEASED -> new JobOutcome.Released(choose(Samples.TIMES, value));
            };
        }
    }
}
