package dev.jobqueue.fs.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.fs.FileJobQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers are interrupted at random while they use one queue. */
class InterruptTest {
    private static final JobType<RawJson, RawJson> TYPE = JobType.raw("t");
    private static final int JOBS = 1_500;

    @TempDir
    Path directory;

    private final Set<JobId> enqueued = ConcurrentHashMap.newKeySet();
    private final Set<JobId> finished = ConcurrentHashMap.newKeySet();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    @Test
    @DisplayName("DUR-6, DEQ-4: interrupts of callers harm nobody and lose nothing")
    void interruptsHarmNobody() throws Exception {
        try (JobQueue queue = FileJobQueue.open(directory)) {
            AtomicInteger toEnqueue = new AtomicInteger(JOBS);
            AtomicInteger interrupts = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(new Thread(() -> enqueue(queue, toEnqueue)));
                threads.add(new Thread(() -> work(queue, interrupts)));
            }
            threads.forEach(Thread::start);
            Random random = new Random(5);
            while (threads.stream().anyMatch(Thread::isAlive)) {
                threads.get(random.nextInt(threads.size())).interrupt();
                Thread.onSpinWait();
                threads.get(0).join(1);
            }
            assertThat(failures).isEmpty();
            assertThat(interrupts).hasPositiveValue();
            assertThat(enqueued).hasSize(JOBS);
            assertThat(finished).isEqualTo(enqueued);
        }
        try (JobQueue queue = FileJobQueue.open(directory)) {
            assertThat(enqueued)
                    .allSatisfy(id -> assertThat(queue.status(id).state()).isEqualTo(JobState.SUCCEEDED));
        }
    }

    private void enqueue(JobQueue queue, AtomicInteger toEnqueue) {
        try {
            while (toEnqueue.getAndDecrement() > 0) {
                enqueued.add(queue.enqueue(TYPE.job(RawJson.of("[1,2]"))).id());
            }
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }

    private void work(JobQueue queue, AtomicInteger interrupts) {
        try {
            while (finished.size() < JOBS && failures.isEmpty()) {
                try {
                    Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(TYPE, Duration.ofMillis(100));
                    if (job.isPresent()) {
                        assertThat(job.get().args()).isEqualTo(RawJson.of("[1,2]"));
                        assertThat(job.get().succeed(RawJson.of("3")).verdict()).isEqualTo(TokenAnswer.Verdict.DONE);
                        assertThat(finished.add(job.get().id())).isTrue();
                    }
                } catch (InterruptedException e) {
                    interrupts.incrementAndGet();
                }
            }
        } catch (RuntimeException | AssertionError e) {
            failures.add(e);
        }
    }
}
