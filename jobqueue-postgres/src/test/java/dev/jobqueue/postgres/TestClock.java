package dev.jobqueue.postgres;

import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.StoreClock;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Makes the clocks of a schema follow a clock of a test: its functions read a table that is kept in step. Thread-safe. */
final class TestClock {
    private final StoreClock clock;
    private final String schema;
    private Instant shown = Instant.MIN;
    private long shownNanos = Long.MIN_VALUE;

    TestClock(StoreClock clock, String schema) {
        this.clock = clock;
        this.schema = SharedServer.quoted(schema);
    }

    /** Puts the table and the functions in; until {@link #follow} the time is that of the clock now. */
    void install() throws SQLException {
        try (Connection connection = SharedServer.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS " + schema + ".test_clock (wall timestamptz, tick bigint)");
            statement.execute("DELETE FROM " + schema + ".test_clock");
            statement.execute("INSERT INTO " + schema + ".test_clock VALUES (now(), 0)");
            replace(statement, "wall_time() RETURNS timestamptz", "SELECT wall FROM " + schema + ".test_clock");
            replace(statement, "tick() RETURNS bigint", "SELECT tick FROM " + schema + ".test_clock");
            replace(statement, "server_started_tick() RETURNS bigint", "SELECT (-9000000000000000000)::bigint");
        }
        follow();
    }

    private void replace(Statement statement, String function, String body) throws SQLException {
        statement.execute("CREATE OR REPLACE FUNCTION " + schema + "." + function + " LANGUAGE sql VOLATILE AS $$ "
                + body + " $$");
    }

    /** Before each call of the store: the time of the clock, if that has moved. */
    synchronized void follow() {
        Instant wall = clock.now().truncatedTo(ChronoUnit.MILLIS);
        long nanos = clock.nanoTime();
        if (wall.equals(shown) && nanos == shownNanos) {
            return;
        }
        try (Connection connection = SharedServer.pool().getConnection();
                PreparedStatement statement = connection.prepareStatement("SET synchronous_commit = off; UPDATE "
                        + schema + ".test_clock SET wall = ?::timestamptz, tick = ?; RESET synchronous_commit")) {
            statement.setString(1, wall.toString());
            statement.setLong(2, nanos);
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        shown = wall;
        shownNanos = nanos;
    }
}
