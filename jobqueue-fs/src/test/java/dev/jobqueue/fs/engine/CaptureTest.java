package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A checkpoint holds the state of one moment, though calls go on. */
class CaptureTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final int CHUNK = 256 << 10;

    private final Capture capture = new Capture(1);
    private EngineCalls engine;

    @BeforeEach
    void open() throws IOException {
        engine = new EngineCalls(new StepDisk(), new Settings(StoreClock.system(), 8 << 20, 0, 1 << 30, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private long begin() {
        return Look.ask(engine.writer(), core -> {
            capture.begin(core);
            return core.journal.end();
        });
    }

    /** All that is left, in slices that nothing ends early. */
    private String rest() throws InterruptedException {
        StringBuilder text = new StringBuilder();
        for (byte[] chunk = new byte[0]; ; ) {
            while (chunk != null && chunk != Capture.END) {
                text.append(new String(chunk, StandardCharsets.UTF_8));
                chunk = capture.take(0);
            }
            if (chunk == Capture.END) {
                return text.toString();
            }
            assertThat(capture.slice(HOUR, () -> false)).isTrue();
            chunk = capture.take(0);
        }
    }

    private void insertMany(int count) {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(new NewJob(
                    new Job<>(JobId.create(), EngineCalls.TYPE, RawJson.of("1"), List.of(), JobOptions.DEFAULT),
                    Duration.ZERO));
        }
        engine.insert(jobs);
    }

    @Test
    @DisplayName("every job stands there once, as it was at the moment; later ones do not")
    void oneMoment() throws InterruptedException {
        JobId deleted = engine.insert("1");
        engine.succeed(engine.claim(), "1");
        JobId running = engine.insert("2");
        JobToken token = engine.claim();
        JobId untouched = engine.insert("3");
        long moment = begin();
        engine.delete(deleted);
        engine.succeed(token, "2");
        engine.insert("4");
        String lines = rest();
        assertThat(capture.position()).isEqualTo(moment);
        assertThat(capture.jobs()).isEqualTo(3);
        for (JobId id : List.of(untouched, running, deleted)) {
            assertThat(lines).containsOnlyOnce(id.toString());
        }
        assertThat(lines.lines().filter(line -> line.contains(running.toString())))
                .singleElement()
                .asString()
                .contains("RUNNING");
        assertThat(capture.slice(HOUR, () -> false)).as("all is done").isFalse();
        assertThat(capture.take(0)).isNull();
    }

    @Test
    @DisplayName("a slice ends early when its time is over or there is other work")
    void shortSlices() throws InterruptedException {
        insertMany(200);
        begin();
        assertThat(capture.slice(HOUR, () -> true)).isTrue();
        assertThat(capture.jobs()).isEqualTo(32);
        assertThat(capture.slice(-HOUR, () -> false)).isTrue();
        assertThat(capture.jobs()).isEqualTo(64);
        assertThat(capture.take(0)).isNull();
        assertThat(capture.slice(HOUR, () -> false)).isTrue();
        assertThat(capture.jobs()).isEqualTo(200);
        assertThat(capture.take(0)).isNotNull().isNotSameAs(Capture.END);
        assertThat(capture.slice(HOUR, () -> false)).isTrue();
        assertThat(capture.take(0)).isSameAs(Capture.END);
    }

    @Test
    @DisplayName("when eight chunks wait nothing more is made until one was taken")
    void chunksWait() throws InterruptedException {
        insertMany(20_000);
        begin();
        for (int i = 0; i < 8; i++) {
            assertThat(capture.slice(HOUR, () -> false)).isTrue();
        }
        long jobs = capture.jobs();
        assertThat(capture.slice(HOUR, () -> false)).isFalse();
        assertThat(capture.jobs()).isEqualTo(jobs).isLessThan(20_000);
        for (int i = 0; i < 8; i++) {
            byte[] chunk = capture.take(0);
            assertThat(chunk).isNotNull().hasSizeBetween(CHUNK, CHUNK + (16 << 10));
        }
        assertThat(rest()).isNotEmpty();
        assertThat(capture.jobs()).isEqualTo(20_000);
    }

    @Test
    @DisplayName("nothing is captured any more when nobody wants the rest")
    void abort() throws InterruptedException {
        JobId id = engine.insert("1");
        engine.insert("2");
        begin();
        capture.abort();
        engine.claim();
        engine.claim();
        assertThat(engine.delete(id)).isNotNull();
        assertThat(capture.slice(HOUR, () -> false)).isFalse();
        assertThat(capture.jobs()).isZero();
        assertThat(capture.take(0)).isNull();
    }
}
