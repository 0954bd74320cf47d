package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** Threads that act on jobs from outside. */
final class Keepers {
    private Keepers() {}

    /** Cancels a job now and then, until the load is quiet. */
    static final class Canceller extends Hand {
        Canceller(Site site, QueueRef queues, Random random) {
            super(site, queues, random);
        }

        @Override
        boolean step(JobQueue queue) throws InterruptedException {
            Optional<JobId> id = site.recent(random);
            if (id.isPresent()) {
                try {
                    queue.cancel(id.get(), "by chance");
                } catch (JobQueueException.Refused e) {
                    // It had ended before.
                }
            }
            pause(Duration.ofMillis(5));
            return !site.quiet();
        }
    }

    /** Gives up the attempts of lost workers until it is interrupted. */
    static final class Sweeper extends Hand {
        Sweeper(Site site, QueueRef queues, Random random) {
            super(site, queues, random);
        }

        @Override
        boolean step(JobQueue queue) throws InterruptedException {
            var unused = queue.expire(1_000);
            pause(Duration.ofMillis(20));
            return true;
        }
    }
}
