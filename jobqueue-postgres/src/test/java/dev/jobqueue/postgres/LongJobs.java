package dev.jobqueue.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.worker.JobWorker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A worker whose long jobs run until they are let go. It is a program too, for tests with several processes. */
final class LongJobs implements AutoCloseable {
    static final int CONCURRENCY = 3;
    static final RawJson LONG = RawJson.of("\"long\"");
    static final RawJson SHORT = RawJson.of("\"short\"");

    private final JobWorker worker;
    private volatile CountDownLatch gate = new CountDownLatch(1);

    /** With the default settings, but for the number of handlers at once, which does not go by the machine. */
    LongJobs(PostgresJobQueue queue, String name, Runnable started) {
        worker = JobWorker.builder(queue)
                .name(name)
                .concurrency(CONCURRENCY)
                .handler(TwoProcesses.BUILD, job -> {
                    if (job.args().equals(LONG)) {
                        CountDownLatch mine = gate;
                        started.run();
                        mine.await();
                    }
                    return RawJson.NULL;
                })
                .build()
                .start();
    }

    /** All long jobs that run now return; those that start from now on wait for the next call. */
    void letGo() {
        CountDownLatch opened = gate;
        gate = new CountDownLatch(1);
        opened.countDown();
    }

    @Override
    public void close() {
        letGo();
        worker.close();
    }

    /** Arguments: URL, schema, name. Says "ready", then "started" for each long job; a line of input lets them go, the end of it ends the program. */
    public static void main(String[] args) throws IOException {
        try (HikariDataSource pool = SharedServer.pool(args[0], 5);
                PostgresJobQueue queue = PostgresJobQueue.create(pool, PostgresQueueOptions.DEFAULT.schema(args[1]));
                LongJobs jobs = new LongJobs(queue, args[2], () -> say("started"));
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            say("ready");
            while (in.readLine() != null) {
                jobs.letGo();
            }
        }
    }

    /** One line in one write. */
    private static void say(String line) {
        synchronized (System.out) {
            System.out.print(line + "\n");
            System.out.flush();
        }
    }
}
