package dev.jobqueue.examples.composer.workerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobToken;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.workerapi.Uploads.Upload;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class UploadsTest {
    private final Uploads uploads = new Uploads(new WorkerLimits(1_000, 200, 4, 1, 1));
    private final JobToken token = token();

    private static JobToken token() {
        return JobToken.parse(UUID.randomUUID().toString());
    }

    private Upload begin(String name, long length, Map<String, Long> stored) throws IOException {
        return uploads.begin(token, name, length, () -> stored);
    }

    /** How many bytes fit into the run beside all that counts, by a new file; nothing is changed. */
    private int left() throws IOException {
        int left = 0;
        try (Upload probe = begin("probe", -1, Map.of())) {
            while (true) {
                probe.grow(1);
                left++;
            }
        } catch (ApiException e) {
            return left;
        }
    }

    @Test
    @DisplayName("W6: what is stored, announced or received counts once, and what it replaces does not any more")
    void countsOnce() throws IOException {
        Map<String, Long> stored = new HashMap<>(Map.of("a", 50L, "b", 40L));
        Upload replacing = begin("a", 60, stored);
        assertThat(left()).as("200 - 50 - 40 - 60").isEqualTo(50);
        Upload growing = begin("c", -1, Map.of());
        growing.grow(30);
        assertThat(left()).isEqualTo(20);
        growing.grow(20);
        assertThat(left()).isZero();
        growing.close();
        assertThat(left()).isEqualTo(50);

        replacing.grow(60);
        replacing.complete(() -> stored.put("a", 60L), () -> {});
        assertThat(left()).as("200 - 40 - 60, before the upload is closed").isEqualTo(100);
        Upload same = begin("a", 70, Map.of());
        Upload again = begin("a", 30, Map.of());
        assertThat(left()).as("200 - 40 - 60 - 70 - 30").isZero();
        same.close();
        again.close();
        assertThat(left()).isEqualTo(100);
        replacing.close();
        assertThat(left())
                .as("nothing is under way: what is stored is read anew")
                .isEqualTo(200);
    }

    @Test
    @DisplayName("W6: what another service has stored meanwhile counts, also if it comes at the same moment")
    void countsWhatOthersStore() throws IOException {
        Map<String, Long> stored = new HashMap<>();
        try (Upload late = begin("a", 100, stored)) {
            late.grow(100);
            stored.put("b", 120L);
            assertThatThrownBy(() -> late.complete(() -> stored.put("a", 100L), () -> stored.remove("a")))
                    .isInstanceOf(ApiException.class);
            assertThat(stored).containsOnlyKeys("b");
        }
        try (Upload same = begin("a", 50, stored)) {
            same.grow(50);
            assertThatThrownBy(() ->
                            same.complete(() -> stored.putAll(Map.of("a", 50L, "c", 40L)), () -> stored.remove("a")))
                    .isInstanceOf(ApiException.class);
            assertThat(stored).containsOnlyKeys("b", "c");
        }
        try (Upload fits = begin("a", 40, stored)) {
            fits.grow(40);
            fits.complete(() -> stored.put("a", 40L), () -> stored.remove("a"));
            assertThat(stored).containsOnlyKeys("a", "b", "c");
        }
    }

    @Test
    @DisplayName("W6: runs do not wait for each other")
    void runsDoNotWaitForEachOther() throws Exception {
        ExecutorService others = Executors.newCachedThreadPool();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch mayRead = new CountDownLatch(1);
        Future<Upload> slow = others.submit(() -> uploads.begin(token, "a", 1, () -> {
            reading.countDown();
            awaitOpened(mayRead);
            return Map.of();
        }));
        reading.await();

        Upload quick = uploads.begin(token(), "a", 1, Map::of);
        quick.grow(10);
        quick.complete(() -> {}, () -> {});
        quick.close();

        mayRead.countDown();
        slow.get().close();
        others.shutdown();
    }

    private static void awaitOpened(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
