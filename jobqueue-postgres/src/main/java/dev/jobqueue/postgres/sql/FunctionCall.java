package dev.jobqueue.postgres.sql;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * A call of a function of the schema, for the calls that have to be quick. It goes past the statements of Jdbi: for one job, to make and to bind such a
 * statement is a large part of what the client does.
 */
public final class FunctionCall {
    private FunctionCall() {}

    /** Takes what it wants from all rows. */
    public interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }

    /** Calls a function whose arguments are arrays and, behind them, a flag. */
    public static <T> T call(Handle handle, String function, Reader<T> reader, boolean flag, SqlArray... arguments) {
        try (PreparedStatement statement =
                handle.getConnection().prepareStatement(sql(handle, function, arguments.length + 1))) {
            for (int i = 0; i < arguments.length; i++) {
                arguments[i].set(i + 1, statement);
            }
            statement.setBoolean(arguments.length + 1, flag);
            try (ResultSet rows = statement.executeQuery()) {
                return reader.read(rows);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sql(Handle handle, String function, int arguments) {
        Object schema = handle.getConfig(SqlStatements.class).getAttribute("s");
        return "SELECT * FROM " + schema + "." + function + "(" + String.join(", ", Collections.nCopies(arguments, "?"))
                + ")";
    }
}
