package dev.jobqueue.postgres;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** Gives the listener of a queue connections of one source, and everybody else those of another. */
final class ListenerElsewhere implements DataSource {
    private final DataSource listener;
    private final DataSource others;

    ListenerElsewhere(DataSource listener, DataSource others) {
        this.listener = listener;
        this.others = others;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return Thread.currentThread().getName().equals("jobqueue-postgres-listen")
                ? listener.getConnection()
                : others.getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return others.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        others.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        others.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return others.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return others.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return others.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return others.isWrapperFor(type);
    }
}
