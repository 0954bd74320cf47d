package dev.jobqueue.postgres.sql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** An array as an argument of a statement: lists go to the server as one value, whatever their length. */
public final class SqlArray implements Argument {
    private static final SqlArray NULL = new SqlArray("text", null);

    private final String type;
    private final @Nullable Object @Nullable [] values;

    private SqlArray(String type, @Nullable Object @Nullable [] values) {
        this.type = type;
        this.values = values;
    }

    /** {@code uuid[]}. */
    public static SqlArray uuids(Collection<? extends @Nullable UUID> values) {
        return new SqlArray("uuid", values.toArray(UUID[]::new));
    }

    /** {@code text[]}; elements may be null. */
    public static SqlArray texts(Collection<? extends @Nullable String> values) {
        return new SqlArray("text", values.toArray(String[]::new));
    }

    /** {@code integer[]}. */
    public static SqlArray integers(Collection<Integer> values) {
        return new SqlArray("int4", values.toArray(Integer[]::new));
    }

    /** {@code smallint[]}. */
    public static SqlArray shorts(List<Short> values) {
        return new SqlArray("int2", values.toArray(Short[]::new));
    }

    /** {@code bigint[]}; elements may be null. */
    public static SqlArray longs(Collection<? extends @Nullable Long> values) {
        return new SqlArray("int8", values.toArray(Long[]::new));
    }

    /** {@code boolean[]}. */
    public static SqlArray booleans(Collection<Boolean> values) {
        return new SqlArray("bool", values.toArray(Boolean[]::new));
    }

    /** No array at all. */
    public static SqlArray none() {
        return NULL;
    }

    @Override
    public void apply(int position, PreparedStatement statement, StatementContext context) throws SQLException {
        set(position, statement);
    }

    /** Sets a parameter of a statement. */
    public void set(int position, PreparedStatement statement) throws SQLException {
        if (values == null) {
            statement.setNull(position, Types.ARRAY);
        } else {
            statement.setArray(position, statement.getConnection().createArrayOf(type, values));
        }
    }

    /** The type and the length; not the elements, which may be secret. */
    @Override
    public String toString() {
        return type + "[" + (values == null ? "null" : Integer.toString(values.length)) + "]";
    }
}
