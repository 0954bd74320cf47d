package dev.jobqueue.examples.benchmark.postgres;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.examples.benchmark.Clock;
import dev.jobqueue.examples.benchmark.Load;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** db-scheduler: one-time tasks in one table, removed once they are done. */
final class DbSchedulerContender implements Contender {
    /** The columns that version 16 asks for, and the indexes of its own table definitions. */
    private static final String TABLE = """
            CREATE TABLE scheduled_tasks (
                task_name text NOT NULL, task_instance text NOT NULL, task_data bytea, execution_time timestamptz NOT NULL, picked boolean NOT NULL,
                picked_by text, last_success timestamptz, last_failure timestamptz, consecutive_failures int, last_heartbeat timestamptz,
                version bigint NOT NULL, priority smallint, PRIMARY KEY (task_name, task_instance)
            );
            CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
            CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)""";

    private static final String DROP = "DROP TABLE IF EXISTS scheduled_tasks";
    private static final Duration POLL = Duration.ofMillis(100);

    private final Amounts amounts;
    private final HikariDataSource pool;
    private final LongAdder done = new LongAdder();
    private volatile Runnable listener = () -> {};
    private @Nullable Scheduler waiting;
    private final OneTimeTask<String> task = Tasks.oneTime("benchmark", String.class)
            .execute((instance, context) -> {
                if (instance.getData().length() != Load.ARGS_BYTES) {
                    throw new IllegalStateException("not what was stored");
                }
                done.increment();
                listener.run();
            });
    private final OneTimeTask<String> other =
            Tasks.oneTime("other", String.class).execute((instance, context) -> {});

    DbSchedulerContender(String url, Amounts amounts) {
        this.amounts = amounts;
        pool = Tables.pool(url);
    }

    @Override
    public String name() {
        return "db-scheduler";
    }

    @Override
    public boolean create(Condition condition) throws SQLException {
        Tables.execute(pool, DROP, TABLE);
        if (condition == Condition.RARE) {
            SchedulerClient client = SchedulerClient.Builder.create(pool, other).build();
            for (int i = 0; i < amounts.others(); i += 1_000) {
                client.scheduleBatch(instances(other, 1_000), Instant.now());
            }
        }
        // It keeps no finished jobs.
        return condition != Condition.HISTORY;
    }

    @Override
    public void open() {}

    @Override
    public void clean() throws SQLException {
        Tables.execute(
                pool, "DELETE FROM scheduled_tasks WHERE task_name = 'benchmark'", "VACUUM ANALYZE scheduled_tasks");
    }

    private static List<TaskInstance<?>> instances(OneTimeTask<String> task, int count) {
        List<TaskInstance<?>> instances = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            instances.add(instance(task, i));
        }
        return instances;
    }

    private static TaskInstance<String> instance(OneTimeTask<String> task, int number) {
        return task.instance(UUID.randomUUID().toString(), Load.args(number).toString());
    }

    @Override
    public Clock.Step enqueuer(int batch) {
        SchedulerClient client = waiting != null
                ? waiting
                : SchedulerClient.Builder.create(pool, task).build();
        if (batch == 1) {
            return () -> {
                client.scheduleIfNotExists(instance(task, 1), Instant.now());
                return 1;
            };
        }
        return () -> {
            client.scheduleBatch(instances(task, batch), Instant.now());
            return batch;
        };
    }

    private SchedulerBuilder scheduler(int threads) {
        return Scheduler.create(pool, task)
                .threads(threads)
                // "If you are running >1000 executions/s you might want to use the lock-and-fetch polling-strategy for
                // lower overhead and higher
                // througput." "For high throughput (i.e. keep threads busy), set to for example 1.0, 4.0."
                // https://github.com/kagkarlsson/db-scheduler/blob/master/README.md#polling-strategy
                .pollUsingLockAndFetch(1.0, 4.0)
                // "Currently, the precision of db-scheduler is depending on the pollingInterval (default 10s) which
                // specifies how often to look in
                // the table for due executions." Same file, "Things to note / gotchas".
                .pollingInterval(POLL);
    }

    @Override
    public OptionalDouble drain(int threads, int batch, double seconds) throws Exception {
        if (batch > 1) {
            return OptionalDouble.empty();
        }
        Drains.fill(this, 16_000, seconds);
        done.reset();
        Scheduler scheduler = scheduler(threads).build();
        try {
            scheduler.start();
            return OptionalDouble.of(Drains.rate(done, seconds));
        } finally {
            scheduler.stop();
        }
    }

    @Override
    public Optional<AutoCloseable> await(Runnable taken) {
        listener = taken;
        // "If this is enabled, the scheduler will attempt to directly execute tasks that are scheduled to now(), or a
        // time in the past."
        // Same file, about enableImmediateExecution.
        Scheduler scheduler = scheduler(2).enableImmediateExecution().build();
        scheduler.start();
        waiting = scheduler;
        return Optional.of(() -> {
            waiting = null;
            scheduler.stop();
        });
    }

    @Override
    public void drop() throws SQLException {
        Tables.execute(pool, DROP);
    }

    @Override
    public void close() {
        pool.close();
    }
}
