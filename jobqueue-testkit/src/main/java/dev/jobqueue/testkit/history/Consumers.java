package dev.jobqueue.testkit.history;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Threads that act on jobs. They go on until they are interrupted. */
final class Consumers {
    private static final JobOutcome SUCCESS = new JobOutcome.Succeeded(RawJson.NULL);
    private static final JobOutcome FAILURE =
            new JobOutcome.Failed(new JobError(7, ErrorClass.INTERNAL, "it broke", RawJson.NULL, false));

    private Consumers() {}

    private abstract static class Consumer extends Hand {
        private final Selector selector;

        Consumer(Site site, QueueRef queues, Random random, JobType<?, ?>... types) {
            super(site, queues, random);
            selector = Selector.of(types);
        }

        @Override
        final boolean step(JobQueue queue) throws InterruptedException {
            Optional<RunningJob<RawJson, RawJson>> job = site.dequeue(queue, selector);
            if (job.isPresent()) {
                run(queue, job.get().token());
            }
            return true;
        }

        abstract void run(JobQueue queue, JobToken token);
    }

    /** Does each job at once. */
    static final class Eager extends Consumer {
        Eager(Site site, QueueRef queues, Random random, JobType<?, ?>... types) {
            super(site, queues, random, types);
        }

        @Override
        void run(JobQueue queue, JobToken token) {
            var unused = queue.finish(token, SUCCESS);
        }
    }

    /** Ends jobs in all ways, or not, or too late, or twice. */
    static final class Moody extends Consumer {
        private static final int OLD = 1;

        private final Deque<JobToken> old = new ArrayDeque<>();

        Moody(Site site, QueueRef queues, Random random, JobType<?, ?>... types) {
            super(site, queues, random, types);
        }

        @Override
        void run(JobQueue queue, JobToken token) {
            if (old.size() > OLD) {
                finishLate(queue);
            }
            int mood = site.quiet() ? 0 : random.nextInt(100);
            if (mood < 60) {
                finish(queue, token, SUCCESS);
            } else if (mood < 70) {
                finish(queue, token, FAILURE);
            } else if (mood < 76) {
                finish(queue, token, new JobOutcome.Released(Duration.ZERO));
            } else if (mood < 80) {
                finish(queue, token, new JobOutcome.Released(Duration.ofMillis(4)));
            } else if (mood < 88) {
                JobOutcome outcome = chance(50) ? SUCCESS : new JobOutcome.Released(Duration.ZERO);
                finish(queue, token, outcome);
                finish(queue, token, outcome);
            } else if (mood < 93) {
                var unused = queue.heartbeat(List.of(token));
                finish(queue, token, SUCCESS);
            } else {
                old.addLast(token);
            }
        }

        @Override
        void atTheEnd(JobQueue queue) {
            while (!old.isEmpty()) {
                finishLate(queue);
            }
        }

        /** As a worker does who was taken for dead. */
        private void finishLate(JobQueue queue) {
            JobToken late = old.removeFirst();
            var unused = queue.heartbeat(List.of(late));
            finish(queue, late, SUCCESS);
        }

        /** Repeats a finish with an unknown outcome, but not always. */
        private void finish(JobQueue queue, JobToken token, JobOutcome outcome) {
            try {
                var unused = queue.finish(token, outcome);
            } catch (JobQueueException.OutcomeUnknown e) {
                if (chance(30)) {
                    throw e;
                }
                var unused = queue.finish(token, outcome);
            }
        }
    }
}
