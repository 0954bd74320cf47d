package dev.jobqueue.postgres.sql;

import dev.jobqueue.JobQueueException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of the schema.
 *
 * <p>A version is one SQL file without placeholders, which makes its objects in the first schema of the search_path and notes its number in
 * {@code schema_version}; so whoever applies the files, this class or Flyway, leaves the same schema. Files of a release are never changed. Steps are
 * additive within a major version: the schema says which libraries may still use it.
 */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    /** In order; the number of a file is its version. */
    private static final List<String> FILES = List.of("V1__tables.sql", "V2__functions.sql");

    private static final String FOLDER = "/dev/jobqueue/postgres/migration/";

    /** The version that this library was written for: older ones lack what it needs. */
    static final int NEEDED = FILES.size();

    private Migrations() {}

    /** What {@code schema_version} says. */
    record Version(int version, @Nullable Integer applying, int oldestLibrary) {}

    /** The text of a migration. */
    static String file(int version) {
        String name = FILES.get(version - 1);
        try (InputStream in = Migrations.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the library lacks its file " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Refuses a schema that this library cannot use.
     *
     * @throws JobQueueException.StoreUnavailable with what is wrong and the way out
     */
    public static void check(Database database, String schema) {
        Version found = database.read(handle -> read(handle, schema))
                .orElseThrow(() -> unfit("there is no queue in schema '" + schema
                        + "'; run PostgresJobQueue.migrate, or apply the files in " + FOLDER + " with Flyway"));
        requireWhole(found, schema);
        requireKnown(found, schema);
        if (found.version() < NEEDED) {
            throw unfit("the queue in schema '" + schema + "' has version " + found.version() + ", this library needs "
                    + NEEDED + "; run PostgresJobQueue.migrate");
        }
    }

    private static void requireWhole(Version found, String schema) {
        if (found.applying() != null) {
            throw unfit("migration " + found.applying() + " of the queue in schema '" + schema
                    + "' was begun and not ended: it was run outside of one transaction and broke off; restore the schema as it was before, "
                    + "or drop it if it is new, and run PostgresJobQueue.migrate");
        }
    }

    private static void requireKnown(Version found, String schema) {
        if (found.oldestLibrary() > NEEDED) {
            throw unfit("the queue in schema '" + schema + "' has version " + found.version()
                    + " and may be used by libraries that know version " + found.oldestLibrary()
                    + "; this one knows " + NEEDED + ": use a newer library");
        }
    }

    private static Optional<Version> read(Handle handle, String schema) {
        boolean exists = handle.createQuery("SELECT to_regclass(:table) IS NOT NULL")
                .bind("table", Identifiers.quoted(schema) + ".schema_version")
                .map((row, context) -> row.getBoolean(1))
                .one();
        return exists
                ? handle.createQuery("SELECT version, applying, oldest_library FROM <s>.schema_version")
                        .map((row, context) -> version(row))
                        .findOne()
                : Optional.empty();
    }

    private static Version version(ResultSet row) throws SQLException {
        return new Version(
                row.getInt("version"), row.getObject("applying", Integer.class), row.getInt("oldest_library"));
    }

    /** Brings the schema to the version that this library needs; see {@code PostgresJobQueue.migrate}. */
    public static void migrate(Database database, String schema) {
        migrate(database, schema, NEEDED);
    }

    /** As {@link #migrate(Database, String)}, up to this version only. */
    static void migrate(Database database, String schema, int last) {
        database.check();
        int applied = database.transact(handle -> {
            try {
                return migrate(handle, schema, last);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        if (applied > 0) {
            LOG.info("Schema '{}' was brought to version {} in {} steps", schema, last, applied);
        }
    }

    /** All steps are one transaction: they are all there or none. A lock makes processes that start together wait for the first one. */
    private static int migrate(Handle handle, String schema, int last) throws SQLException {
        Connection connection = handle.getConnection();
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT pg_advisory_xact_lock(1785684593, hashtext(?))")) {
            lock.setString(1, schema);
            lock.execute();
        }
        if (!exists(connection, schema)) {
            execute(connection, "CREATE SCHEMA " + Identifiers.quoted(schema));
        }
        Optional<Version> found = read(handle, schema);
        if (found.isPresent()) {
            requireWhole(found.get(), schema);
            requireKnown(found.get(), schema);
        }
        execute(connection, "SET LOCAL search_path = " + Identifiers.quoted(schema) + ", pg_temp");
        int applied = 0;
        for (int version = found.map(Version::version).orElse(0) + 1; version <= last; version++) {
            execute(connection, file(version));
            applied++;
        }
        return applied;
    }

    /** Asked first, since CREATE SCHEMA IF NOT EXISTS needs the right to create one also where there is one. */
    private static boolean exists(Connection connection, String schema) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?)")) {
            statement.setString(1, schema);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static JobQueueException unfit(String message) {
        return new JobQueueException.StoreUnavailable(message, null);
    }
}
