package dev.jobqueue.examples.benchmark.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Connections to the server, and rows made on the server. */
final class Tables {
    /** As many as the most threads that call at once, and some for what runs in the background: the same for each of the queues. */
    private static final int CONNECTIONS = 40;

    private Tables() {}

    static HikariDataSource pool(String url) {
        return pool(url, "");
    }

    /** @param options settings of the server for each connection */
    static HikariDataSource pool(String url, String options) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.addDataSourceProperty("options", options);
        config.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(config);
    }

    static void execute(DataSource dataSource, String... statements) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /**
     * Fills a table with copies of its first row, up to so many rows in all.
     *
     * @param columns the values, as SQL, of the columns in which the copies differ; columns without a value here get that of the row
     * @param generated columns that the table fills itself
     */
    static void copyRow(DataSource dataSource, String table, int rows, Map<String, String> columns, String generated)
            throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            String names;
            String values;
            try (ResultSet all = statement.executeQuery(
                    "SELECT attname FROM pg_attribute WHERE attrelid = '" + table + "'::regclass AND attnum > 0"
                            + " AND NOT attisdropped AND attname <> '" + generated + "' ORDER BY attnum")) {
                StringBuilder list = new StringBuilder();
                while (all.next()) {
                    list.append(list.isEmpty() ? "" : ",").append(all.getString(1));
                }
                names = list.toString();
            }
            values = java.util.Arrays.stream(names.split(","))
                    .map(name -> columns.getOrDefault(name, "row." + name))
                    .collect(Collectors.joining(","));
            statement.execute("INSERT INTO " + table + " (" + names + ") SELECT " + values + " FROM (SELECT * FROM "
                    + table + " LIMIT 1) AS row, generate_series(2, " + rows + ") AS copy (number)");
            statement.execute("VACUUM ANALYZE " + table);
        }
    }
}
