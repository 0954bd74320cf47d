package dev.jobqueue.testkit.history;

import dev.jobqueue.Backoff;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Threads that enqueue. Each ends after so many steps. */
final class Producers {
    private Producers() {}

    private abstract static class Producer extends Hand {
        private int left;

        Producer(Site site, QueueRef queues, Random random, int steps) {
            super(site, queues, random);
            left = steps;
        }

        @Override
        final boolean step(JobQueue queue) throws InterruptedException {
            produce(queue);
            site.countProduced();
            return --left > 0;
        }

        abstract void produce(JobQueue queue) throws InterruptedException;
    }

    /** Single jobs and small graphs, which may depend on earlier jobs. */
    static final class OfGraphs extends Producer {
        private static final Backoff SHORT = Backoff.fixed(Duration.ofMillis(3));

        private List<JobRequest<RawJson, RawJson>> unsettled = List.of();

        OfGraphs(Site site, QueueRef queues, Random random, int steps) {
            super(site, queues, random, steps);
        }

        @Override
        void produce(JobQueue queue) {
            List<JobRequest<RawJson, RawJson>> graph = unsettled.isEmpty() ? graph() : unsettled;
            unsettled = List.of();
            try {
                var unused = queue.enqueueAll(graph);
                graph.forEach(r -> site.remember(r.id(), random));
            } catch (JobQueueException.StoreUnavailable | JobQueueException.OutcomeUnknown e) {
                if (chance(70)) {
                    unsettled = graph;
                }
                throw e;
            }
        }

        private List<JobRequest<RawJson, RawJson>> graph() {
            List<JobRequest<RawJson, RawJson>> graph = new ArrayList<>();
            int size = chance(40) ? 1 : 2 + random.nextInt(2);
            for (int i = 0; i < size; i++) {
                JobRequest<RawJson, RawJson> job = job();
                for (JobRequest<RawJson, RawJson> earlier : graph) {
                    job = chance(60) ? job.dependsOn(earlier) : chance(50) ? job.requires(earlier) : job;
                }
                graph.add(job);
            }
            return graph;
        }

        private JobRequest<RawJson, RawJson> job() {
            JobRequest<RawJson, RawJson> job = (chance(60) ? WORK : OTHER)
                    .job(RawJson.NULL)
                    .attempts(1 + random.nextInt(3), SHORT)
                    .recoveries(chance(10) ? 0 : 1_000)
                    .priority(random.nextInt(3) - 1);
            return chance(20)
                    ? site.recent(random)
                            .map(id -> chance(50) ? job.dependsOn(id) : job.requires(id))
                            .orElse(job)
                    : job;
        }
    }

    /** Bursts of jobs for one consumer. */
    static final class OfLines extends Producer {
        OfLines(Site site, QueueRef queues, Random random, int steps) {
            super(site, queues, random, steps);
        }

        @Override
        void produce(JobQueue queue) {
            List<JobRequest<RawJson, RawJson>> burst = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                burst.add(LINE.job(RawJson.NULL).priority(chance(80) ? 0 : random.nextInt(3) - 1));
            }
            if (chance(50)) {
                var unused = queue.enqueueAll(burst);
            } else {
                burst.forEach(queue::enqueue);
            }
        }
    }

    /** One ping after the other: the next one comes when the pong to the last one has ended. */
    static final class OfPings extends Producer {
        OfPings(Site site, QueueRef queues, Random random, int steps) {
            super(site, queues, random, steps);
        }

        @Override
        void produce(JobQueue queue) throws InterruptedException {
            JobRequest<RawJson, RawJson> ping = PING.job(RawJson.NULL);
            JobRequest<RawJson, RawJson> pong = PONG.job(RawJson.NULL).dependsOn(ping);
            var unused = queue.enqueueAll(List.of(ping, pong));
            site.await(queue, pong.id());
        }
    }
}
