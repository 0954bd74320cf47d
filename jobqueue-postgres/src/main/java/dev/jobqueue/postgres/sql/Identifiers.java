package dev.jobqueue.postgres.sql;

/** Names of schemas as SQL identifiers. */
public final class Identifiers {
    /** PostgreSQL cuts longer ones. */
    private static final int MAX_BYTES = 63;

    private Identifiers() {}

    /**
     * Checks the name of a schema.
     *
     * @throws IllegalArgumentException if it is empty, longer than 63 bytes, has a control character or begins with {@code pg_}
     */
    public static String requireSchema(String name) {
        int bytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (name.isEmpty() || bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a schema name must have 1 to " + MAX_BYTES + " bytes, not " + bytes + ": '" + name + "'");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a schema name must have no control character: '" + name + "'");
        }
        if (name.startsWith("pg_")) {
            throw new IllegalArgumentException("schema names that begin with pg_ belong to PostgreSQL: '" + name + "'");
        }
        return name;
    }

    /** The name as a quoted identifier. */
    public static String quoted(String name) {
        return '"' + requireSchema(name).replace("\"", "\"\"") + '"';
    }
}
