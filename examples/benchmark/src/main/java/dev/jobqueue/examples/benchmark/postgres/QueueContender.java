package dev.jobqueue.examples.benchmark.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.RunningJob;
import dev.jobqueue.examples.benchmark.Clock;
import dev.jobqueue.examples.benchmark.Load;
import dev.jobqueue.examples.benchmark.QueueLoad;
import dev.jobqueue.postgres.PostgresJobQueue;
import dev.jobqueue.postgres.PostgresQueueOptions;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The queue, with its default settings, over connections as it advises for speed. */
final class QueueContender implements Contender {
    private static final String SCHEMA = PostgresQueueOptions.DEFAULT_SCHEMA;
    private static final String DROP = "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE";

    private final Amounts amounts;
    private final HikariDataSource pool;
    private @Nullable PostgresJobQueue queue;

    QueueContender(String url, Amounts amounts) {
        this.amounts = amounts;
        pool = Tables.pool(url, PostgresQueueOptions.CONNECTION_OPTIONS);
    }

    @Override
    public String name() {
        return "queue";
    }

    /** The queue of this process. */
    JobQueue queue() {
        if (queue == null) {
            throw new IllegalStateException("not open");
        }
        return queue;
    }

    @Override
    public boolean create(Condition condition) throws Exception {
        closeQueue();
        Tables.execute(pool, DROP);
        PostgresJobQueue.migrate(pool);
        open();
        if (condition == Condition.HISTORY) {
            Load.enqueue(queue(), Load.OTHER, 1);
            queue().dequeue(Load.OTHER).succeed(null);
            copyFirst(amounts.finished());
        } else if (condition == Condition.RARE) {
            Load.enqueue(queue(), Load.OTHER, 1);
            copyFirst(amounts.others());
        }
        return true;
    }

    private void copyFirst(int rows) throws SQLException {
        Tables.copyRow(
                pool,
                SCHEMA + ".job",
                rows,
                Map.of("id", "gen_random_uuid()", "token", "CASE WHEN token IS NOT NULL THEN gen_random_uuid() END"),
                "seq");
    }

    @Override
    public void open() {
        queue = PostgresJobQueue.create(pool);
    }

    @Override
    public void clean() throws SQLException {
        Tables.execute(
                pool,
                "DELETE FROM " + SCHEMA + ".job WHERE type = '" + Load.TYPE.name() + "'",
                "VACUUM ANALYZE " + SCHEMA + ".job");
    }

    @Override
    public Clock.Step enqueuer(int batch) {
        JobQueue shared = queue();
        return batch == 1
                ? () -> shared.enqueue(Load.TYPE.job(Load.args(1))).created() ? 1 : 0
                : () -> shared.enqueueAll(Load.jobs(Load.TYPE, batch)).size();
    }

    @Override
    public OptionalDouble drain(int threads, int batch, double seconds) throws Exception {
        Drains.fill(this, batch == 1 ? 12_000 : 60_000, seconds);
        JobQueue shared = queue();
        return OptionalDouble.of(Clock.rate(
                threads,
                seconds,
                thread -> batch == 1 ? () -> QueueLoad.finish(shared) : () -> QueueLoad.finish(shared, batch)));
    }

    @Override
    public Optional<AutoCloseable> await(Runnable taken) {
        JobQueue shared = queue();
        Thread thread = new Thread(() -> take(shared, taken), "waiter");
        thread.start();
        return Optional.of(() -> {
            thread.interrupt();
            thread.join();
        });
    }

    private static void take(JobQueue queue, Runnable taken) {
        try {
            while (true) {
                RunningJob<?, ?> job = queue.dequeue(Load.TYPE);
                taken.run();
                job.succeed(null);
            }
        } catch (InterruptedException | JobQueueException.Closed e) {
            // Over.
        }
    }

    private void closeQueue() {
        if (queue != null) {
            queue.close();
            queue = null;
        }
    }

    @Override
    public void drop() throws SQLException {
        closeQueue();
        Tables.execute(pool, DROP);
    }

    @Override
    public void close() {
        closeQueue();
        pool.close();
    }
}
