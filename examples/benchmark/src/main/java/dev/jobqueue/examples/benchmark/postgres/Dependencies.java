package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.examples.benchmark.Clock;
import dev.jobqueue.examples.benchmark.Load;
import dev.jobqueue.examples.benchmark.QueueLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Big graphs in the queue. The raw program, db-scheduler and JobRunr know no dependencies. */
final class Dependencies {
    private static final JobType<RawJson, RawJson> ROOT = JobType.raw("root");
    private static final JobType<RawJson, RawJson> NODE = JobType.raw("node");
    private static final int THREADS = 32;
    private static final int SMALL = 100;
    private static final int CHILDREN = 10;

    private final QueueContender contender;
    private final Condition condition;
    private final int rounds;
    private final int width;
    private final int cascade;

    Dependencies(QueueContender contender, Condition condition, int rounds, int width, int cascade) {
        this.contender = contender;
        this.condition = condition;
        this.rounds = rounds;
        this.width = width;
        this.cascade = cascade;
    }

    void measure() throws Exception {
        System.out.printf("%nGraphs, with %s%n%n", condition.text());
        contender.create(condition);
        Lines lines = new Lines();
        for (int round = 1; round <= rounds; round++) {
            fanOut(lines);
            fanIn(lines);
            cascade(lines);
            System.out.printf("round %d done%n", round);
            contender.create(condition);
        }
        lines.print();
    }

    private void fanOut(Lines lines) throws Exception {
        JobQueue queue = contender.queue();
        JobRequest<?, ?> root = ROOT.job(RawJson.NULL);
        List<JobRequest<?, ?>> requests = new ArrayList<>(List.of(root));
        Load.jobs(Load.TYPE, width).forEach(job -> requests.add(job.requires(root.id())));
        String name = "fan-out 1 to %,d: ".formatted(width);
        lines.add(name + "enqueue, s", 0, Clock.seconds(() -> queue.enqueueAll(requests)));
        RunningJob<RawJson, RawJson> running = queue.dequeue(ROOT);
        lines.add(name + "finish of the one, s", 0, Clock.seconds(() -> running.succeed(null)));
        double seconds = Clock.seconds(() -> {
            LongAdder done = new LongAdder();
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                threads.add(inThread(() -> {
                    while (QueueLoad.finish(queue) > 0) {
                        done.increment();
                    }
                }));
            }
            threads.forEach(CompletableFuture::join);
            if (done.sum() != width) {
                throw new IllegalStateException(done + " instead of " + width);
            }
        });
        lines.add(name + "run one by one, threads: 32, jobs a second", 0, width / seconds);
    }

    private void fanIn(Lines lines) throws Exception {
        FanIns fanIns = new FanIns(contender.queue(), THREADS);
        double unrelated = fanIns.run(width, false).finishesASecond();
        FanIns.Times big = fanIns.run(width, true);
        String name = "fan-in %,d to 1, threads: 32: ".formatted(width);
        lines.add(name + "finishes a second", 0, big.finishesASecond());
        lines.add(name + "finishes a second of unrelated jobs", 0, unrelated);
        lines.addAtLeast(name + "ratio", 0.5, big.finishesASecond() / unrelated);
        lines.add(name + "last finish to dequeue, ms", 50, big.millis());
        for (int i = 0; i < 20; i++) {
            lines.addLargest(
                    "fan-in 100 to 1, threads: 32: last finish to dequeue, largest, ms",
                    50,
                    fanIns.run(SMALL, true).millis());
        }
    }

    private void cascade(Lines lines) throws Exception {
        JobQueue queue = contender.queue();
        List<JobRequest<?, ?>> requests = new ArrayList<>();
        requests.add(ROOT.job(RawJson.NULL));
        for (int i = 1; i < cascade; i++) {
            JobId parent = requests.get((i - 1) / CHILDREN).id();
            requests.add(NODE.job(Load.args(i)).requires(parent));
        }
        String name = "cascade over %,d jobs: ".formatted(cascade);
        lines.add(name + "enqueue, s", 0, Clock.seconds(() -> queue.enqueueAll(requests)));
        Load.enqueue(queue, Load.TYPE, 20_000);
        LongAdder claims = new LongAdder();
        AtomicLong longest = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            others.add(inThread(() -> {
                while (!stop.get()) {
                    long start = System.nanoTime();
                    if (QueueLoad.finish(queue) == 0) {
                        queue.enqueueAll(Load.jobs(Load.TYPE, 1_000));
                    }
                    claims.increment();
                    longest.accumulateAndGet(System.nanoTime() - start, Math::max);
                }
            }));
        }
        Thread.sleep(1_000);
        long before = claims.sumThenReset();
        longest.set(0);
        RunningJob<RawJson, RawJson> root = queue.dequeue(ROOT);
        double seconds = Clock.seconds(
                () -> root.fail(new JobError(1, ErrorClass.INTERNAL, "to see who follows", RawJson.NULL, true)));
        long during = claims.sum();
        stop.set(true);
        others.forEach(CompletableFuture::join);
        lines.add(name + "s", 10, seconds);
        lines.add(name + "other jobs a second before", 0, (double) before);
        lines.add(name + "other jobs a second meanwhile", 0, during / seconds);
        lines.add(name + "longest claim + finish meanwhile, ms", 0, longest.get() / 1e6);
        if (!queue.dequeueBatch(DequeueRequest.of(Selector.of(NODE)).timeout(Duration.ZERO))
                .isEmpty()) {
            throw new IllegalStateException("a job runs whose dependency failed");
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> inThread(Body body) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        body.run();
                        end.complete(null);
                    } catch (Exception e) {
                        end.completeExceptionally(e);
                    }
                })
                .start();
        return end;
    }
}
