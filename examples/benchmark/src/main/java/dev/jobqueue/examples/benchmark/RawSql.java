package dev.jobqueue.examples.benchmark;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a PostgreSQL server allows a program that keeps jobs in one table: it inserts them, takes them with SKIP LOCKED and ends them by token, each a
 * transaction of its own; no heartbeat, no edges. One object is one connection, for one thread; statements are prepared once, batches travel as arrays.
 * No class of the library. Runs alone too: {@code java -cp postgresql.jar RawSql.java URL THREADS BATCH}.
 */
public final class RawSql implements AutoCloseable {
    /** Plans are made once and use the indexes, however few rows the server believes to be in the table. */
    private static final String OPTIONS = "prepareThreshold=1&options=-c%20plan_cache_mode=force_generic_plan"
            + "%20-c%20enable_seqscan=off%20-c%20enable_hashjoin=off%20-c%20enable_mergejoin=off%20-c%20jit=off";

    private static final String TABLE = """
            DROP TABLE IF EXISTS raw_job;
            CREATE TABLE raw_job (
                id uuid PRIMARY KEY, seq bigint GENERATED ALWAYS AS IDENTITY, type text NOT NULL, channel text NOT NULL,
                priority smallint NOT NULL DEFAULT 0, state smallint NOT NULL DEFAULT 0, -- 0 ready, 1 running, 2 succeeded
                args json NOT NULL, result json, token uuid,
                enqueued timestamptz NOT NULL DEFAULT now(), started timestamptz, finished timestamptz
            ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
            CREATE INDEX ON raw_job (type, channel, priority DESC, seq) WHERE state = 0;
            CREATE INDEX ON raw_job (token) WHERE state = 1""";
    private static final String INSERT = "INSERT INTO raw_job (type, channel, id, args) ";
    private static final String ONE = INSERT + "VALUES (?, 'default', ?, ?::json)";
    private static final String MANY = INSERT + "SELECT ?, 'default', unnest(?::uuid[]), unnest(?::json[])";

    private static final String CLAIM = """
            UPDATE raw_job SET state = 1, token = gen_random_uuid(), started = now()
            FROM (SELECT id FROM raw_job WHERE state = 0 AND type = ? AND channel = 'default'
                  ORDER BY priority DESC, seq LIMIT %d FOR UPDATE SKIP LOCKED) AS head
            WHERE raw_job.id = head.id RETURNING token, raw_job.id, args""";

    private static final String FINISH =
            "UPDATE raw_job SET state = 2, result = 'null', finished = now() WHERE token = ANY (?) AND state = 1";

    private final Connection connection;
    private final String[] args;
    private final PreparedStatement insert;
    private final PreparedStatement claim;
    private final PreparedStatement finish;

    /** Connects, to work with so many jobs of this type in a transaction. */
    public RawSql(String url, String type, int batch) throws SQLException {
        connection = DriverManager.getConnection(url + (url.contains("?") ? "&" : "?") + OPTIONS);
        args = new String[batch];
        Arrays.setAll(args, i -> "{\"data\":\"%03d%s\"}".formatted(i % 1_000, "x".repeat(286)));
        insert = connection.prepareStatement(batch == 1 ? ONE : MANY);
        insert.setString(1, type);
        claim = connection.prepareStatement(CLAIM.formatted(batch));
        claim.setString(1, type);
        finish = connection.prepareStatement(FINISH);
    }

    /** Makes the table anew, with so many finished jobs of type "old". */
    public static void create(String url, int finished) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(TABLE);
            statement.execute("""
                    INSERT INTO raw_job (id, type, channel, state, args, result, token, started, finished)
                    SELECT gen_random_uuid(), 'old', 'default', 2, json_build_object('data', repeat('x', 289)), 'null', gen_random_uuid(), now(), now()
                    FROM generate_series(1, %d)""".formatted(finished));
            statement.execute("VACUUM ANALYZE raw_job");
        }
    }

    /** Stores one batch and gives its size. */
    public int enqueue() throws SQLException {
        if (args.length == 1) {
            insert.setObject(2, newId());
            insert.setString(3, args[0]);
            return insert.executeUpdate();
        }
        UUID[] ids = new UUID[args.length];
        Arrays.setAll(ids, i -> newId());
        insert.setArray(2, connection.createArrayOf("uuid", ids));
        insert.setArray(3, connection.createArrayOf("json", args));
        return insert.executeUpdate();
    }

    /** In order of time, so that the index grows at its end. */
    private static UUID newId() {
        long random = ThreadLocalRandom.current().nextLong();
        return new UUID(
                (System.currentTimeMillis() << 16) | 0x7000 | (random & 0xfff), (random >>> 2) | Long.MIN_VALUE);
    }

    /** Takes up to one batch, ends it and gives the number of its jobs. */
    public int run() throws SQLException {
        UUID[] tokens = new UUID[args.length];
        Map<UUID, String> read = new HashMap<>();
        int taken = 0;
        try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
                tokens[taken++] = rows.getObject("token", UUID.class);
                read.put(rows.getObject("id", UUID.class), rows.getString("args"));
            }
        }
        if (read.isEmpty()) {
            return 0;
        }
        finish.setArray(1, connection.createArrayOf("uuid", Arrays.copyOf(tokens, taken)));
        return finish.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** Prints jobs a second for so many threads and so many jobs in a transaction: first only enqueued, then taken and ended. */
    public static void main(String... args) throws SQLException, InterruptedException {
        create(args[0], 0);
        for (boolean enqueue : new boolean[] {true, false}) {
            Thread[] threads = new Thread[Integer.parseInt(args[1])];
            LongAdder done = new LongAdder();
            long start = System.nanoTime();
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    try (RawSql sql = new RawSql(args[0], "raw", Integer.parseInt(args[2]))) {
                        for (int n = 1; n > 0 && System.nanoTime() - start < 5_000_000_000L; done.add(n)) {
                            n = enqueue ? sql.enqueue() : sql.run();
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                });
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            System.out.printf(
                    "%s %,.0f/s%n", enqueue ? "enqueue" : "run", done.sum() / ((System.nanoTime() - start) / 1e9));
        }
    }
}
