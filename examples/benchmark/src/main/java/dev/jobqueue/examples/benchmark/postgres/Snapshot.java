package dev.jobqueue.examples.benchmark.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Holds a snapshot open while a measurement runs: no vacuum removes what died after it. */
record Snapshot(String url) {
    /** Opens it, if the condition asks for it. */
    AutoCloseable open(Condition condition) throws SQLException {
        if (condition != Condition.SNAPSHOT) {
            return () -> {};
        }
        Connection connection = DriverManager.getConnection(url);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_current_xact_id()");
        }
        return connection;
    }
}
