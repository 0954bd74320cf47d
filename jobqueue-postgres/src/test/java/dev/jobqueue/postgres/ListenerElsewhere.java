package dev.jobqueue.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Gives the listener of a queue connections of its own, and everybody else those of another source. */
final class ListenerElsewhere extends ForwardingDataSource {
    /** Where the listener gets its connections from. */
    interface Connections {
        Connection next() throws SQLException;
    }

    private final Connections listener;

    ListenerElsewhere(Connections listener, DataSource others) {
        super(others);
        this.listener = listener;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return Thread.currentThread().getName().equals("jobqueue-postgres-listen")
                ? listener.next()
                : super.getConnection();
    }
}
