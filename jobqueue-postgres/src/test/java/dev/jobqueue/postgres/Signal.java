package dev.jobqueue.postgres;

import dev.jobqueue.JobId;
import dev.jobqueue.spi.Changes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** What a listener was told. */
final class Signal implements Consumer<Changes> {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final List<Changes> heard = new CopyOnWriteArrayList<>();

    @Override
    public void accept(Changes changes) {
        heard.add(changes);
    }

    void clear() {
        heard.clear();
    }

    void awaitAnything() {
        Awaitility.await().atMost(SOON).until(() -> heard.stream().anyMatch(Changes::anything));
    }

    void awaitReady(String type) {
        Awaitility.await()
                .atMost(SOON)
                .until(() -> heard.stream()
                        .flatMap(changes -> changes.ready().keySet().stream())
                        .anyMatch(pair -> pair.type().toString().equals(type)));
    }

    void awaitScheduled(String type) {
        Awaitility.await()
                .atMost(SOON)
                .until(() -> heard.stream()
                        .flatMap(changes -> changes.scheduled().stream())
                        .anyMatch(pair -> pair.type().toString().equals(type)));
    }

    void awaitEnded(JobId id) {
        Awaitility.await()
                .atMost(SOON)
                .until(() -> heard.stream().anyMatch(changes -> changes.ended().contains(id)));
    }
}
