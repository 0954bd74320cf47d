package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * What the threads of one load share.
 *
 * <p>Thread-safe.
 */
final class Site {
    private static final int RECENT = 40;

    private final Recorder recorder;
    private final Duration patience;
    private final List<JobId> recent = new ArrayList<>();
    private final AtomicInteger produced = new AtomicInteger();
    private volatile boolean quiet;

    /** @param patience how long a consumer waits */
    Site(Recorder recorder, Duration patience) {
        this.recorder = recorder;
        this.patience = patience;
    }

    /** From now on every job that is given is done. */
    void beQuiet() {
        quiet = true;
    }

    boolean quiet() {
        return quiet;
    }

    /** Somebody has made one more step of all that are to be produced. */
    void countProduced() {
        produced.incrementAndGet();
    }

    int produced() {
        return produced.get();
    }

    /** This job can be depended on and canceled. */
    synchronized void remember(JobId id, Random random) {
        if (recent.size() < RECENT) {
            recent.add(id);
        } else {
            recent.set(random.nextInt(RECENT), id);
        }
    }

    synchronized Optional<JobId> recent(Random random) {
        return recent.isEmpty() ? Optional.empty() : Optional.of(recent.get(random.nextInt(recent.size())));
    }

    /** Waits for a job of the selector. */
    Optional<RunningJob<RawJson, RawJson>> dequeue(JobQueue queue, Selector selector) throws InterruptedException {
        Set<String> types = selector.types().stream().map(TypeName::toString).collect(Collectors.toSet());
        List<Recorder.Sent> sent = recorder.send(List.of(new Call.Wait(types)));
        List<Reply.Start> got = new ArrayList<>();
        try {
            Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(selector, patience);
            job.ifPresent(j -> got.add(new Reply.Start(j.id(), j.token(), j.attempt())));
            return job;
        } finally {
            recorder.end(sent, s -> Optional.of(new Reply.Given(got)));
        }
    }

    /** Waits for the end of a job. */
    void await(JobQueue queue, JobId id) throws InterruptedException {
        List<Recorder.Sent> sent = recorder.send(List.of(new Call.Await(id)));
        boolean finished = false;
        try {
            finished = queue.await(id, patience).isPresent();
        } finally {
            Reply seen = new Reply.Seen(finished);
            recorder.end(sent, s -> Optional.of(seen));
        }
    }
}
