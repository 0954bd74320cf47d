package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.fs.engine.DirectoryStore;
import dev.jobqueue.fs.engine.Inspection;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.ManualClock;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * TYP-6: what format 1 wrote stays readable, and format 1 is still what is written.
 *
 * <p>The files below {@code golden/v1} were made by {@link #write}; they are never made again, a new format gets a new directory.
 */
class GoldenTest {
    private static final List<String> FILES = List.of("MANIFEST", "checkpoint-00000001.jsonl", "segment-00000001.log");

    @TempDir
    Path directory;

    private static UUID id(int n) {
        return new UUID(0x018f_0000_0000_7000L, 0x8000_0000_0000_0000L | n);
    }

    private static NewJob job(int n, String type, String args, JobOptions options, Dependency... dependencies) {
        return new NewJob(
                new Job<>(
                        new JobId(id(n)), TypeName.parse(type), RawJson.of(args), Arrays.asList(dependencies), options),
                options.delay().orElse(Duration.ZERO));
    }

    private static JobToken claim(JobStore store, String type, int token) {
        JobToken t = new JobToken(id(token));
        store.claim(new ClaimRequest(
                new Selector(Set.of(TypeName.parse(type)), Set.of()), List.of(new ClaimSlot(t, "worker \"1\""))));
        return t;
    }

    private static void finish(JobStore store, JobToken token, JobOutcome outcome) {
        store.finish(List.of(new FinishRequest(token, outcome, 0.5, List.of())));
    }

    /** A little of everything, with fixed ids and times. */
    static void write(Path directory) throws IOException {
        ManualClock clock = new ManualClock();
        FileQueueOptions options =
                FileQueueOptions.DEFAULT.segmentBytes(64 << 10).clock(clock);
        JobOptions rich = new JobOptions(
                "kanal-\u00e4",
                -5,
                3,
                new Backoff(Duration.ofMillis(10), Duration.ofSeconds(1), 1.5),
                1,
                Optional.empty(),
                Optional.of(Duration.ofSeconds(2)),
                Optional.of(Duration.ofHours(1)),
                Optional.of("key"));
        JobError error = new JobError(404, ErrorClass.CLIENT, "not \"there\"\n", RawJson.of("{\"a\": [1.0]}"), false);
        try (DirectoryStore store = FileJobStore.open(RealDisk.take(directory), options, false)) {
            Dependency first = new Dependency(new JobId(id(1)), true);
            store.insert(List.of(
                    List.of(
                            job(1, "init", "{\"n\": 1e400}", JobOptions.DEFAULT),
                            job(2, "build:x86_64", "[\"\ud834\udd1e\"]", JobOptions.DEFAULT, first),
                            job(
                                    3,
                                    "build:x86_64",
                                    "null",
                                    JobOptions.DEFAULT,
                                    new Dependency(new JobId(id(1)), false))),
                    List.of(job(4, "late", "4", rich)),
                    List.of(job(5, "late", "5", rich))));
            clock.advance(Duration.ofSeconds(1));
            finish(store, claim(store, "init", 11), new JobOutcome.Released(Duration.ZERO));
            finish(store, claim(store, "init", 12), new JobOutcome.Failed(error, Optional.of(RawJson.of("[1,\n2]"))));
            finish(store, claim(store, "build:x86_64", 13), new JobOutcome.Succeeded(RawJson.of("{}")));
            store.upkeepNow();
            clock.advance(Duration.ofSeconds(1));
            finish(store, claim(store, "late", 14), new JobOutcome.Failed(error));
            clock.advance(Duration.ofSeconds(1));
            store.report(List.of(new ProgressReport(claim(store, "late", 15), RawJson.of("0.5"))));
            store.insert(List.of(List.of(job(6, "init", "6", JobOptions.DEFAULT))));
            store.cancel(List.of(new CancelRequest(new JobId(id(6)), "not wanted", false)));
            store.pause(new PauseScope.Family("build"));
        }
    }

    private void copyGolden() throws IOException {
        for (String file : FILES) {
            try (InputStream in = golden(file)) {
                Files.copy(in, directory.resolve(file));
            }
        }
        // The zeros of preallocated segments are not kept with the sources.
        for (String file : List.of("segment-00000001.log", "segment-00000002.log")) {
            try (RandomAccessFile segment =
                    new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
                segment.setLength(64 << 10);
            }
        }
    }

    private static InputStream golden(String file) {
        return Objects.requireNonNull(GoldenTest.class.getResourceAsStream("/golden/v1/" + file), file);
    }

    private static byte[] goldenBytes(String file) throws IOException {
        try (InputStream in = golden(file)) {
            return in.readAllBytes();
        }
    }

    @Test
    @DisplayName("TYP-6: a directory of format 1 is read as it was written")
    void isRead() throws IOException {
        copyGolden();
        try (RealDisk disk = RealDisk.lookAt(directory)) {
            assertThat(Inspection.dump(disk, true))
                    .isEqualTo(new String(goldenBytes("dump.txt"), StandardCharsets.UTF_8));
        }
        try (JobStore store = FileJobStore.open(directory, FileQueueOptions.DEFAULT.clock(new ManualClock()))) {
            StoredJob failed = store.find(List.of(new JobId(id(2))), EnumSet.allOf(Part.class))
                    .get(0)
                    .orElseThrow();
            assertThat(failed.status().state()).isEqualTo(JobState.FAILED);
            assertThat(failed.status().error().orElseThrow().details().toString())
                    .contains("\"rootCode\":404");
            assertThat(failed.status().dependencies().get(0).result()).contains(RawJson.of("[1,\n2]"));
            assertThat(failed.definition().orElseThrow().args()).isEqualTo(RawJson.of("[\"\ud834\udd1e\"]"));
            StoredJob running = store.find(List.of(new JobId(id(4))), EnumSet.allOf(Part.class))
                    .get(0)
                    .orElseThrow();
            assertThat(running.status().state()).isEqualTo(JobState.RUNNING);
            assertThat(running.status().progress()).contains(RawJson.of("0.5"));
            assertThat(running.status().attempts()).hasSize(2);
            assertThat(store.paused()).containsExactly(new PauseScope.Family("build"));
        }
    }

    @Test
    @DisplayName("TYP-6: what is written today is format 1, byte by byte")
    void isStillWritten() throws IOException {
        write(directory);
        byte[] golden = goldenBytes("segment-00000001.log");
        byte[] written = Arrays.copyOf(Files.readAllBytes(directory.resolve("segment-00000001.log")), golden.length);
        assertThat(new String(written, StandardCharsets.UTF_8)).isEqualTo(new String(golden, StandardCharsets.UTF_8));
        assertThat(lines(Files.readAllBytes(directory.resolve("checkpoint-00000001.jsonl"))))
                .containsExactlyInAnyOrder(lines(goldenBytes("checkpoint-00000001.jsonl")));
    }

    /** Jobs stand in no order, and pairs are numbered as they come: so numbers of pairs are replaced by what they stand for, and the checksum is left out. */
    private static String[] lines(byte[] text) {
        String[] lines = new String(text, StandardCharsets.UTF_8)
                .replaceAll("(?<=\"crc32c\":\")[0-9a-f]{8}", "")
                .split("\n", -1);
        Map<String, String> pairs = new HashMap<>();
        for (String line : lines) {
            if (line.startsWith("{\"pair\":")) {
                int comma = line.indexOf(',');
                pairs.put(line.substring(1, comma), "\"pair\":" + line.substring(comma + 1, line.length() - 1));
            }
        }
        Pattern pair = Pattern.compile("\"pair\":[0-9]+");
        return Arrays.stream(lines)
                .map(line -> pair.matcher(line)
                        .replaceAll(m -> Matcher.quoteReplacement(Objects.requireNonNull(pairs.get(m.group())))))
                .toArray(String[]::new);
    }
}
