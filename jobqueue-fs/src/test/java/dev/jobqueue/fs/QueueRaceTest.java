package dev.jobqueue.fs;

import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A channel of the store in a directory is a queue, first in and first out, for any threads: whatever they find in the groups that are forced together, and
 * whether the args come from the cache or from the disk.
 */
public class QueueRaceTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final AtomicInteger CHANNELS = new AtomicInteger();

    private static JobStore store;

    /** Each round has a channel of its own. */
    private final String channel = "channel-" + CHANNELS.incrementAndGet();

    @BeforeAll
    static void open(@TempDir Path directory) {
        store = FileJobStore.open(directory, FileQueueOptions.DEFAULT.cacheBytes(2_000));
    }

    @AfterAll
    static void close() {
        store.close();
    }

    @Operation
    public void enqueue(@Param(gen = IntGen.class, conf = "1:9") int number) {
        RawJson args = RawJson.of(Integer.toString(number));
        store.insert(List.of(List.of(new NewJob(BUILD.job(args).channel(channel).job(), Duration.ZERO))));
    }

    /** The number of the next job, which is done then; 0 if there is none. */
    @Operation
    public int dequeueAndFinish() {
        ClaimSlot slot = new ClaimSlot(JobToken.create(), "worker");
        List<ClaimedJob> jobs = store.claim(new ClaimRequest(Selector.of(BUILD).channels(channel), List.of(slot)))
                .jobs();
        if (jobs.isEmpty()) {
            return 0;
        }
        store.finish(List.of(new FinishRequest(slot.token(), new JobOutcome.Succeeded(RawJson.NULL), 0, List.of())));
        return Integer.parseInt(jobs.get(0).job().args().toString());
    }

    /** What the operations do one after the other. */
    public static final class Fifo {
        private final Queue<Integer> numbers = new ArrayDeque<>();

        public void enqueue(int number) {
            numbers.add(number);
        }

        public int dequeueAndFinish() {
            return numbers.isEmpty() ? 0 : numbers.remove();
        }
    }

    @Test
    @DisplayName("DEQ-1, DEQ-2: three threads see one queue")
    void isLinearizable() throws IOException {
        new StressOptions()
                .threads(3)
                .actorsPerThread(3)
                .iterations(10)
                .invocationsPerIteration(200)
                .minimizeFailedScenario(false)
                .sequentialSpecification(Fifo.class)
                .check(QueueRaceTest.class);
    }
}
