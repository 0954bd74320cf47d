package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.fs.engine.Inspection;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.ProgressReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    @TempDir
    Path directory;

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.mapToLong(f -> f.toFile().length()).sum();
        }
    }

    /** A little of everything. */
    private static final class Load {
        private final JobStore store;
        private final Random random;
        private final List<JobId> ids = new ArrayList<>();

        Load(JobStore store, long seed) {
            this.store = store;
            this.random = new Random(seed);
        }

        void step() {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> insert();
                case 3, 4 -> Jobs.claim(store, 3).forEach(this::finish);
                case 5 -> store.cancel(List.of(new CancelRequest(any(), "why", random.nextBoolean())));
                case 6 -> store.delete(any());
                default -> {
                    if (random.nextBoolean()) {
                        store.pause(new PauseScope.Channel("c" + random.nextInt(3)));
                    } else {
                        store.prune(Duration.ZERO, random.nextInt(20));
                    }
                }
            }
        }

        private JobId any() {
            return ids.isEmpty() ? JobId.create() : ids.get(random.nextInt(ids.size()));
        }

        private void insert() {
            List<Dependency> dependencies = new ArrayList<>();
            List<NewJob> graph = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                JobOptions options = new JobOptions(
                        random.nextInt(4) == 0 ? "c1" : "default",
                        random.nextInt(3),
                        1 + random.nextInt(3),
                        Backoff.NONE,
                        2,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        random.nextInt(5) == 0 ? Optional.of("k" + random.nextInt(5)) : Optional.empty());
                JobId id = JobId.create();
                graph.add(new NewJob(
                        new Job<>(id, Jobs.TYPE, RawJson.of(Jobs.text(random.nextInt(300))), dependencies, options),
                        Duration.ofMillis(random.nextInt(6) == 0 ? 3_600_000 : 0)));
                ids.add(id);
                dependencies.add(new Dependency(id, random.nextBoolean()));
            }
            store.insert(List.of(graph));
        }

        private void finish(ClaimedJob job) {
            JobError error = new JobError(7, ErrorClass.CLIENT, "no \u0000 good", RawJson.of("{\"a\": 1}"), false);
            switch (random.nextInt(5)) {
                case 0 -> finish(job, new JobOutcome.Failed(error));
                case 1 -> finish(job, new JobOutcome.Released(Duration.ofMillis(random.nextInt(2) * 3_600_000L)));
                case 2 -> store.report(List.of(new ProgressReport(job.token(), RawJson.of("[50]"))));
                default -> finish(job, new JobOutcome.Succeeded(RawJson.of(Jobs.text(random.nextInt(200)))));
            }
        }

        private void finish(ClaimedJob job, JobOutcome outcome) {
            store.finish(List.of(new FinishRequest(job.token(), outcome, 0, List.of())));
        }
    }

    @Test
    void checkpointAndRestEqualReplayOfEverything() throws IOException {
        FileQueueOptions options = FileQueueOptions.DEFAULT.segmentBytes(64 << 10);
        String live;
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), options, true)) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread other = new Thread(() -> {
                Load load = new Load(store, 2);
                while (!stop.get()) {
                    load.step();
                }
            });
            other.start();
            try {
                Load load = new Load(store, 1);
                for (int round = 0; round < 4; round++) {
                    for (int i = 0; i < 150; i++) {
                        load.step();
                    }
                    store.upkeepNow(); // while the other thread goes on
                }
                for (int i = 0; i < 50; i++) {
                    load.step();
                }
            } finally {
                stop.set(true);
                join(other);
            }
            live = store.dump();
        }
        try (RealDisk disk = RealDisk.lookAt(directory)) {
            assertThat(Files.exists(directory.resolve("checkpoint-00000004.jsonl")))
                    .isTrue();
            String replayed = Inspection.dump(disk, false);
            assertThat(replayed).isEqualTo(live);
            assertThat(Inspection.dump(disk, true)).isEqualTo(replayed);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void damageInACheckpointIsReported() throws IOException {
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), FileQueueOptions.DEFAULT, false)) {
            Jobs.insertMany(store, 10, 100);
            store.upkeepNow();
        }
        Path file = directory.resolve("checkpoint-00000001.jsonl");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> FileJobStore.open(directory))
                .isInstanceOf(JobQueueException.Corrupt.class)
                .hasMessageContaining(file.toRealPath().toString());
    }

    @Test
    void theDirectoryShrinksInTheBackground() throws IOException {
        FileQueueOptions options = FileQueueOptions.DEFAULT.segmentBytes(256 << 10);
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), options, false)) {
            for (int i = 0; i < 10; i++) {
                Jobs.insertMany(store, 1_000, 1_000);
            }
            Jobs.runAll(store, "[1,2,3]");
            store.upkeepNow();
            long before = size(directory);
            assertThat(store.prune(Duration.ZERO, 9_000)).isEqualTo(9_000);

            // Far below the growth that makes a checkpoint due: the prune itself does.
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> size(directory) < before / 4);
        }
    }

    @Test
    void theDirectoryShrinksAfterPruning() throws IOException {
        FileQueueOptions options = FileQueueOptions.DEFAULT.segmentBytes(256 << 10);
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), options, false)) {
            List<JobId> kept = Jobs.insertMany(store, 200, 1_000);
            for (int i = 0; i < 9; i++) {
                Jobs.insertMany(store, 1_000, 1_000);
            }
            NewJob last = Jobs.job(
                    "0", kept.stream().map(id -> new Dependency(id, false)).toArray(Dependency[]::new));
            Jobs.insert(store, last);
            Jobs.runAll(store, "[1,2,3]");
            store.upkeepNow();
            long before = size(directory);
            assertThat(store.prune(Duration.ZERO, 9_000)).isEqualTo(9_000);
            store.upkeepNow();
            store.upkeepNow();
            store.upkeepNow();
            assertThat(size(directory)).isLessThan(before / 4);
            assertThat(store.find(kept, Set.of(Part.DEFINITION)))
                    .filteredOn(Optional::isPresent)
                    .allSatisfy(j -> assertThat(
                                    j.get().definition().orElseThrow().args().size())
                            .isEqualTo(1_000));
        }
        try (JobStore store = FileJobStore.open(directory, options)) {
            assertThat(store.list(JobQuery.finished(Jobs.TYPE, "default"), Page.Request.first(1_000))
                            .items())
                    .hasSize(201);
        }
    }
}
