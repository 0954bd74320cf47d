package dev.jobqueue.postgres.sql;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.Handle;

/**
 * What has to be quick: one statement, or several that go to the server at once, of which the last gives the answer. It goes past the statements of Jdbi: for
 * one job, to make and to bind such a statement is a large part of what the client does. Thread-safe.
 *
 * <p>Outside of a transaction, several are one of their own.
 */
public final class PlainStatement {
    private final String sql;
    private final int count;

    /**
     * @param schema the quoted name
     * @param statements with {@code <s>} where the schema belongs
     */
    public PlainStatement(String schema, String... statements) {
        sql = String.join(";\n", statements).replace("<s>", schema);
        count = statements.length;
    }

    /** Sets the parameters. */
    public interface Binder {
        void bind(PreparedStatement statement) throws SQLException;
    }

    /** Takes what it wants from all rows. */
    public interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }

    /** Runs it; answers how many rows the last statement changed. */
    public int update(Handle handle, Binder binder) {
        return run(handle, binder, PreparedStatement::getUpdateCount);
    }

    /** Runs it and reads the rows of the last statement. */
    public <T> T query(Handle handle, Binder binder, Reader<T> reader) {
        return run(handle, binder, statement -> {
            try (ResultSet rows = statement.getResultSet()) {
                return reader.read(rows);
            }
        });
    }

    private interface Last<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    private <T> T run(Handle handle, Binder binder, Last<T> last) {
        try (PreparedStatement statement = handle.getConnection().prepareStatement(sql)) {
            binder.bind(statement);
            statement.execute();
            for (int i = 1; i < count; i++) {
                statement.getMoreResults();
            }
            return last.of(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
