package dev.jobqueue.postgres.sql;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatements;

/** A call of a function of the schema, for the calls that have to be quick. */
public final class FunctionCall {
    private FunctionCall() {}

    /** Calls a function whose arguments are arrays and, behind them, a flag. */
    public static <T> T call(
            Handle handle, String function, PlainStatement.Reader<T> reader, boolean flag, SqlArray... arguments) {
        String parameters = "?, ".repeat(arguments.length) + "?";
        return new PlainStatement(schema(handle), "SELECT * FROM <s>." + function + "(" + parameters + ")")
                .query(
                        handle,
                        statement -> {
                            for (int i = 0; i < arguments.length; i++) {
                                arguments[i].set(i + 1, statement);
                            }
                            statement.setBoolean(arguments.length + 1, flag);
                        },
                        reader);
    }

    private static String schema(Handle handle) {
        return String.valueOf(handle.getConfig(SqlStatements.class).getAttribute("s"));
    }
}
