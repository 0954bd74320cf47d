package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.postgres.server.LocalServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which server to measure. */
public final class Target {
    @Option(
            names = "--url",
            paramLabel = "JDBC-URL",
            description = {
                "A database to measure, with user and password; its tables of the measured programs are dropped.",
                "Up to 250 connections.",
                "Default: a server of its own, from binaries that come as a Maven artifact, in a temporary directory."
            })
    private @Nullable String url;

    /** What is done on the server. */
    public interface Use {
        /** Works on the database at this URL. */
        void on(String url) throws Exception;
    }

    /** Runs this on the server, which lives as long as this call if it is one of its own. */
    public void use(Use use) throws Exception {
        if (url != null) {
            print(url);
            use.on(url);
        } else {
            try (LocalServer server = LocalServer.start("max_connections=300")) {
                print(server.url());
                use.on(server.url());
            }
        }
    }

    private static void print(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
                               current_setting('shared_buffers')""")) {
            row.next();
            System.out.printf(
                    "PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s%n",
                    row.getString(1), row.getString(2), row.getString(3), row.getString(4));
        }
    }
}
