package dev.jobqueue.examples.composer.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.jobqueue.examples.composer.hostile.Attack.Kind;
import dev.jobqueue.examples.composer.hostile.RawHttp.Answer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile requests against both APIs, by a seed that is printed. {@code mvn -Phostile} makes 12,000 of them; {@code -Dhostile.requests} and {@code -Dhostile.seed} are other numbers.
 */
class HostileTest {
    private static final int REQUESTS = Integer.getInteger("hostile.requests", 600);
    private static final long SEED = Long.getLong("hostile.seed", new Random().nextLong());
    private static final int THREADS = 8;

    /** What is allowed to be left of thousands of requests. */
    private static final int MORE_HEAP_BYTES = 24 << 20;

    private static final int MORE_FILES = 10;
    private static final int MORE_THREADS = 30;

    @TempDir
    Path directory;

    private Target target;
    private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
    private final SortedMap<Kind, SortedMap<Integer, Integer>> statuses = new ConcurrentSkipListMap<>();

    @BeforeEach
    void start() throws IOException {
        target = new Target(directory);
    }

    @AfterEach
    void stop() {
        target.close();
    }

    @Test
    @DisplayName(
            "W6, W7, S20: hostile requests fail by errors of the client, leave nothing behind, and the service works on")
    void hostileRequests() throws Exception {
        System.out.println("hostile requests: " + REQUESTS + ", -Dhostile.seed=" + SEED);
        String ended = target.compose("victim");
        String endedRun = target.take("victim");
        target.finish("victim", endedRun);
        String running = target.compose("victim");
        String run = target.take("victim");
        String waiting = target.compose("victim");
        Attack attack = new Attack(target, List.of(run, endedRun), List.of(ended, running, waiting), directory);

        // The first ones load classes, fill caches and start threads.
        make(attack, SEED, Math.min(REQUESTS, 300));
        Usage before = settled();
        make(attack, SEED + 1, REQUESTS);
        Usage after = settled();

        statuses.forEach((kind, counts) -> System.out.println("hostile " + kind + " " + counts));
        System.out.println("hostile before " + before + ", after " + after);
        assertThat(problems).isEmpty();
        assertThat(statuses.keySet()).containsExactly(Kind.values());
        assertThat(after.heapBytes()).as("heap").isLessThan(before.heapBytes() + MORE_HEAP_BYTES);
        assertThat(after.files()).as("open files").isLessThan(before.files() + MORE_FILES);
        assertThat(after.threads()).as("threads").isLessThan(before.threads() + MORE_THREADS);

        assertThat(target.runs("victim", run))
                .as("the run of the other tenant goes on")
                .isTrue();
        target.finish("victim", run);
        assertThat(target.status("victim", running)).isEqualTo("success");
        assertThat(target.status("victim", waiting)).isEqualTo("pending");
        assertThat(Files.readString(target.artifact(ended, "image.tar").orElseThrow()))
                .isEqualTo("image");
        target.finish("victim", target.take("victim"));
        assertThat(target.status("victim", waiting)).isEqualTo("success");
        try (Stream<Path> left = Files.walk(target.artifacts.resolve("tmp"))) {
            // The lock of the service that runs is no artifact.
            assertThat(left.filter(file ->
                            Files.isRegularFile(file) && !file.toString().endsWith(".lock")))
                    .as("artifacts under way")
                    .isEmpty();
        }
    }

    /** Makes requests from several threads at once, each by its own seed. */
    private void make(Attack attack, long seed, int requests) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                Junk junk = new Junk(seed * THREADS + thread);
                int own = requests / THREADS + (thread < requests % THREADS ? 1 : 0);
                all.add(threads.submit(() -> {
                    for (int i = 0; i < own; i++) {
                        make(attack, junk.of(List.of(Kind.values())), junk);
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void make(Attack attack, Kind kind, Junk junk) {
        try {
            Answer answer = attack.make(kind, junk);
            synchronized (statuses) {
                statuses.computeIfAbsent(kind, k -> new TreeMap<>()).merge(answer.status(), 1, Integer::sum);
            }
            if (!kind.expects(answer.status())) {
                problems.add(kind + " was answered " + answer.text());
            }
            if (answer.text().matches("(?s).*(Exception|dev\\.jobqueue|\\bat java\\.|Jetty|root:).*")) {
                problems.add(kind + " was told about the inside: " + answer.text());
            }
        } catch (IOException e) {
            problems.add(kind + " failed: " + e);
        }
    }

    /** What the process uses. */
    private record Usage(long heapBytes, long files, int threads) {}

    /** What is used once all that the requests have made is removed, and the connections have ended. */
    private Usage settled() throws Exception {
        target.clear("mallory");
        Map<String, Long> last = new TreeMap<>();
        // Two looks that find the same: nothing goes away any more.
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(700))
                .until(() -> {
                    Usage usage = usage();
                    boolean same = Long.valueOf(usage.files()).equals(last.put("files", usage.files()));
                    return Long.valueOf(usage.threads()).equals(last.put("threads", (long) usage.threads())) && same;
                });
        return usage();
    }

    private static Usage usage() {
        System.gc();
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getOpenFileDescriptorCount()
                : 0;
        return new Usage(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                files,
                ManagementFactory.getThreadMXBean().getThreadCount());
    }
}
