package dev.jobqueue.examples.benchmark.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.examples.benchmark.Clock;
import dev.jobqueue.examples.benchmark.Load;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;

/** JobRunr: jobs as JSON in one table. Its server runs jobs of all types, so there is no rare type. */
final class JobRunrContender implements Contender {
    private static final String[] DROP = {
        "DROP VIEW IF EXISTS jobrunr_jobs_stats",
        "DROP TABLE IF EXISTS jobrunr_jobs, jobrunr_recurring_jobs, jobrunr_backgroundjobservers, jobrunr_metadata, jobrunr_migrations"
    };

    private static final Duration POLL = Duration.ofSeconds(5);
    private static final LongAdder DONE = new LongAdder();
    private static volatile Runnable listener = () -> {};

    private final Amounts amounts;
    private final HikariDataSource pool;
    private final JsonMapper json = new Jackson3JsonMapper();
    private @Nullable StorageProvider storage;

    /** A job. "Make job arguments small and simple." https://www.jobrunr.io/en/documentation/background-methods/best-practices/ */
    public record Request(String args) implements JobRequest {
        @Override
        public Class<Handler> getJobRequestHandler() {
            return Handler.class;
        }
    }

    /** Runs the jobs; JobRunr makes it. */
    public static final class Handler implements JobRequestHandler<Request> {
        @Override
        public void run(Request request) {
            if (request.args().length() != Load.ARGS_BYTES) {
                throw new IllegalStateException("not what was stored");
            }
            DONE.increment();
            listener.run();
        }
    }

    JobRunrContender(String url, Amounts amounts) {
        this.amounts = amounts;
        pool = Tables.pool(url);
    }

    @Override
    public String name() {
        return "JobRunr";
    }

    @Override
    public boolean create(Condition condition) throws Exception {
        Tables.execute(pool, DROP);
        if (condition == Condition.RARE) {
            return false;
        }
        open();
        if (condition == Condition.HISTORY) {
            DONE.reset();
            enqueuer(1).run();
            BackgroundJobServer server = start(1);
            Drains.rate(DONE, 1);
            server.stop();
            Tables.copyRow(
                    pool, "jobrunr_jobs", amounts.finished(), Map.of("id", "gen_random_uuid()"), "no such column");
        }
        return true;
    }

    @Override
    public void open() {
        storage = SqlStorageProviderFactory.using(pool);
        storage.setJobMapper(new JobMapper(json));
    }

    private StorageProvider storage() {
        if (storage == null) {
            throw new IllegalStateException("not open");
        }
        return storage;
    }

    private BackgroundJobServer start(int workers) {
        BackgroundJobServer server = new BackgroundJobServer(
                storage(),
                json,
                null,
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(workers)
                        // "The smallest supported pollInterval is 5 seconds - otherwise it will cause to much load on
                        // your SQL/noSQL datastore."
                        // The error message of a shorter one.
                        .andPollInterval(POLL));
        server.start();
        return server;
    }

    @Override
    public Clock.Step enqueuer(int batch) {
        JobRequestScheduler scheduler = new JobRequestScheduler(storage());
        if (batch == 1) {
            return () -> {
                scheduler.enqueue(new Request(Load.args(1).toString()));
                return 1;
            };
        }
        return () -> {
            // "The benefit of this is that it saves these jobs in bulk to the database - resulting in a big performance
            // improvement."
            // https://www.jobrunr.io/en/documentation/background-methods/enqueueing-jobs/
            scheduler.enqueue(IntStream.range(0, batch)
                    .mapToObj(i -> new Request(Load.args(i).toString())));
            return batch;
        };
    }

    @Override
    public OptionalDouble drain(int threads, int batch, double seconds) throws Exception {
        if (batch > 1) {
            return OptionalDouble.empty();
        }
        Drains.fill(this, 4_000, seconds);
        DONE.reset();
        BackgroundJobServer server = start(threads);
        try {
            return OptionalDouble.of(Drains.rate(DONE, seconds));
        } finally {
            server.stop();
        }
    }

    @Override
    public Optional<AutoCloseable> await(Runnable taken) {
        listener = taken;
        BackgroundJobServer server = start(2);
        return Optional.of(server::stop);
    }

    @Override
    public void clean() throws SQLException {
        Tables.execute(pool, "DELETE FROM jobrunr_jobs WHERE state <> 'SUCCEEDED'", "VACUUM ANALYZE jobrunr_jobs");
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
