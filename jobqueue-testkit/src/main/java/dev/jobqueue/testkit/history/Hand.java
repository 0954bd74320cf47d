package dev.jobqueue.testkit.history;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;

/** One thread of a load: does its steps on whichever queue is open, and goes on after faults. Ends when interrupted. */
abstract class Hand implements Callable<Void> {
    /** Jobs of graphs, which end in many ways. */
    static final JobType<RawJson, RawJson> WORK = JobType.raw("work");

    static final JobType<RawJson, RawJson> OTHER = JobType.raw("other");
    /** Jobs with one consumer, who gets them in order. */
    static final JobType<RawJson, RawJson> LINE = JobType.raw("line");
    /** Jobs that come one at a time, so that no other one can wake their consumer. */
    static final JobType<RawJson, RawJson> PING = JobType.raw("ping");
    /** Each depends on a ping. */
    static final JobType<RawJson, RawJson> PONG = JobType.raw("pong");

    private static final Duration PAUSE = Duration.ofMillis(3);

    final Site site;
    final Random random;
    private final QueueRef queues;

    Hand(Site site, QueueRef queues, Random random) {
        this.site = site;
        this.queues = queues;
        this.random = random;
    }

    @Override
    public final Void call() {
        try {
            while (step()) {}
        } catch (InterruptedException e) {
            // The end of the load.
            try {
                atTheEnd(queues.get());
            } catch (JobQueueException failure) {
                // The history has it.
            }
        }
        return null;
    }

    /** What to do when all jobs have ended. */
    void atTheEnd(JobQueue queue) {}

    private boolean step() throws InterruptedException {
        JobQueue queue = queues.get();
        try {
            return step(queue);
        } catch (JobQueueException.Closed e) {
            queues.awaitOther(queue);
        } catch (JobQueueException.StoreUnavailable | JobQueueException.OutcomeUnknown e) {
            queues.pause(PAUSE);
        }
        return true;
    }

    /** Does something; false if this was the last step. */
    abstract boolean step(JobQueue queue) throws InterruptedException;

    final void pause(Duration time) throws InterruptedException {
        queues.pause(time);
    }

    /** Whether something happens that happens so often in a hundred times. */
    final boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
