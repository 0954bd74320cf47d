package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobRequest;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.server.SharedServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Long jobs are spread evenly over two workers with default settings: what one of them took in advance while jobs were short does not stay with it while the
 * other one is idle.
 */
class SpreadTest extends TwoProcesses {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int ROUNDS = 4;

    /** A worker, here or elsewhere. */
    private interface Worker extends AutoCloseable {
        /** How many long jobs have started in it. */
        int started();

        void letGo() throws IOException;

        @Override
        void close() throws IOException;
    }

    private final class Here implements Worker {
        private final AtomicInteger started = new AtomicInteger();
        private final PostgresJobQueue queue = PostgresJobQueue.create(SharedServer.pool(), options());
        private final LongJobs jobs;

        Here(String name) {
            jobs = new LongJobs(queue, name, started::incrementAndGet);
        }

        @Override
        public int started() {
            return started.get();
        }

        @Override
        public void letGo() {
            jobs.letGo();
        }

        @Override
        public void close() {
            jobs.close();
            queue.close();
        }
    }

    /** A process of its own. It ends when its input does, also if this one is killed. */
    private final class Child implements Worker {
        private final AtomicInteger ready = new AtomicInteger();
        private final AtomicInteger started = new AtomicInteger();
        private final Process process;
        private final OutputStream input;
        private final Future<Boolean> output;

        Child(String name) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            LongJobs.class.getName(),
                            SharedServer.url(),
                            schema,
                            name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            input = process.getOutputStream();
            output = start(() -> {
                try (BufferedReader out =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                    for (String line = out.readLine(); line != null; line = out.readLine()) {
                        if (line.equals("ready")) {
                            ready.incrementAndGet();
                        } else if (line.equals("started")) {
                            started.incrementAndGet();
                        }
                    }
                }
                return true;
            });
            Awaitility.await().atMost(SOON).until(() -> ready.get() == 1);
        }

        @Override
        public int started() {
            return started.get();
        }

        @Override
        public void letGo() throws IOException {
            input.write('\n');
            input.flush();
        }

        @Override
        public void close() throws IOException {
            try {
                input.close();
                process.onExit().orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
                assertThat(output).succeedsWithin(SOON).isEqualTo(true);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    @Test
    @DisplayName("long jobs are spread evenly over the workers of two processes, also behind many short ones")
    void twoProcesses() throws Exception {
        try (Worker one = new Child("one");
                Worker two = new Child("two")) {
            spread(one, two);
        }
    }

    @Test
    @DisplayName("long jobs are spread evenly over two workers of one process, also behind many short ones")
    void oneProcess() throws Exception {
        try (Worker one = new Here("one");
                Worker two = new Here("two")) {
            spread(one, two);
        }
    }

    private void spread(Worker one, Worker two) throws Exception {
        try (PostgresJobQueue queue = PostgresJobQueue.create(SharedServer.pool(), options())) {
            // So that both have learnt to take jobs of this type in advance.
            queue.enqueueAll(requests(LongJobs.SHORT, 5_000));
            Awaitility.await().atMost(SOON).until(() -> queue.counts().isEmpty());

            // The last round has just enough for both: one that kept more than it runs would starve the other.
            queue.enqueueAll(requests(LongJobs.LONG, 2 * LongJobs.CONCURRENCY * ROUNDS));
            for (int round = 1; round <= ROUNDS; round++) {
                int each = LongJobs.CONCURRENCY * round;
                Awaitility.await()
                        .alias("both run as many in round " + round)
                        .atMost(SOON)
                        .until(() -> one.started() == each && two.started() == each);
                // And nothing else is taken: what is not run is there for everybody.
                Awaitility.await()
                        .atMost(SOON)
                        .untilAsserted(() -> assertThat(runningByWorker())
                                .isEqualTo(Map.of("one", LongJobs.CONCURRENCY, "two", LongJobs.CONCURRENCY)));
                one.letGo();
                two.letGo();
            }
            Awaitility.await().atMost(SOON).until(() -> queue.counts().isEmpty());
            assertThat(one.started()).isEqualTo(two.started()).isEqualTo(LongJobs.CONCURRENCY * ROUNDS);
        }
    }

    private static List<JobRequest<RawJson, RawJson>> requests(RawJson args, int n) {
        List<JobRequest<RawJson, RawJson>> requests = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            requests.add(BUILD.job(args));
        }
        return requests;
    }

    /** How many jobs each worker has taken and not ended, started or not. */
    private Map<String, Integer> runningByWorker() throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT worker, count(*) FROM " + SharedServer.quoted(schema)
                        + ".job WHERE state = 'RUNNING' GROUP BY worker")) {
            Map<String, Integer> running = new TreeMap<>();
            while (row.next()) {
                running.put(row.getString(1), row.getInt(2));
            }
            return running;
        }
    }
}
