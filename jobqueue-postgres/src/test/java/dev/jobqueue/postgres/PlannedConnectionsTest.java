package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.sql.Database;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Over connections that come with the settings for planning, single calls do without setting them; what they do is the same. */
class PlannedConnectionsTest extends ShortWaysTest {
    private static HikariDataSource planned;

    @BeforeAll
    static void openPool() {
        planned = SharedServer.pool(SharedServer.url(), 10, PostgresQueueOptions.CONNECTION_OPTIONS);
    }

    @AfterAll
    static void closePool() {
        planned.close();
    }

    @Override
    DataSource dataSource() {
        return planned;
    }

    @Test
    @DisplayName("connections are taken for planned if all the settings are as they should be")
    void recognized() {
        assertThat(new Database(planned, schema).check().planned()).isTrue();
        assertThat(new Database(SharedServer.pool(), schema).check().planned()).isFalse();
        List<String> settings = List.of(PostgresQueueOptions.CONNECTION_OPTIONS.split(" (?=-c)"));
        for (String missing : settings) {
            String others = String.join(
                    " ", settings.stream().filter(s -> !s.equals(missing)).toList());
            try (HikariDataSource pool = SharedServer.pool(SharedServer.url(), 1, others)) {
                assertThat(new Database(pool, schema).check().planned())
                        .as(missing)
                        .isFalse();
            }
        }
    }
}
