package dev.jobqueue.examples.benchmark.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.examples.benchmark.Clock;
import dev.jobqueue.examples.benchmark.RawSql;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The raw limit: {@link RawSql}, which has one connection for each thread. */
final class RawContender implements Contender {
    private static final String TYPE = "benchmark";

    private final String url;
    private final Amounts amounts;
    private final HikariDataSource pool;
    private final List<RawSql> open = new ArrayList<>();

    RawContender(String url, Amounts amounts) {
        this.url = url;
        this.amounts = amounts;
        pool = Tables.pool(url);
    }

    @Override
    public String name() {
        return "raw limit";
    }

    @Override
    public boolean create(Condition condition) throws Exception {
        closeConnections();
        RawSql.create(url, condition == Condition.HISTORY ? amounts.finished() : 0);
        if (condition == Condition.RARE) {
            try (RawSql other = new RawSql(url, "other", 1_000)) {
                for (int i = 0; i < amounts.others(); i += 1_000) {
                    other.enqueue();
                }
            }
        }
        return true;
    }

    @Override
    public void clean() throws SQLException {
        closeConnections();
        Tables.execute(pool, "DELETE FROM raw_job WHERE type = '" + TYPE + "'", "VACUUM ANALYZE raw_job");
    }

    private RawSql connect(int batch) throws SQLException {
        RawSql sql = new RawSql(url, TYPE, batch);
        open.add(sql);
        return sql;
    }

    @Override
    public Clock.Step enqueuer(int batch) throws SQLException {
        RawSql sql = connect(batch);
        return sql::enqueue;
    }

    @Override
    public OptionalDouble drain(int threads, int batch, double seconds) throws Exception {
        Drains.fill(this, batch == 1 ? 12_000 : 60_000, seconds);
        List<RawSql> connections = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            connections.add(connect(batch));
        }
        return OptionalDouble.of(Clock.rate(threads, seconds, thread -> connections.get(thread)::run));
    }

    @Override
    public void open() {}

    @Override
    public Optional<AutoCloseable> await(Runnable taken) {
        return Optional.empty();
    }

    private void closeConnections() throws SQLException {
        for (RawSql sql : open) {
            sql.close();
        }
        open.clear();
    }

    @Override
    public void drop() throws SQLException {
        closeConnections();
        Tables.execute(pool, "DROP TABLE IF EXISTS raw_job");
    }

    @Override
    public void close() throws SQLException {
        closeConnections();
        pool.close();
    }
}
