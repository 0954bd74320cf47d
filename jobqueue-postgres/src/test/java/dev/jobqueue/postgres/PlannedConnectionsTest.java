package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Over connections that come with the settings for planning, single calls do without setting them; what they do is the same. */
class PlannedConnectionsTest extends ShortWaysTest {
    private static final JobOutcome SUCCESS = new JobOutcome.Succeeded(RawJson.NULL);

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

    /** The statements that a store over this pool prepares for enqueues, claims and successes, of one and of several. */
    private List<String> statements(DataSource pool) {
        List<String> sent = new CopyOnWriteArrayList<>();
        JobStore store = PostgresJobStore.open(
                new ForwardingDataSource(pool) {
                    @Override
                    public Connection getConnection() throws SQLException {
                        Connection connection = super.getConnection();
                        return (Connection) Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {Connection.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("prepareStatement")) {
                                        sent.add((String) arguments[0]);
                                    }
                                    return method.invoke(connection, arguments);
                                });
                    }
                },
                options().notification(Notification.NONE).listen(false));
        sent.clear();
        insert(store, BUILD.job(null));
        insert(store, BUILD.job(null), BUILD.job(null));
        for (int n = 1; n <= 2; n++) {
            List<ClaimSlot> slots = JobToken.create(n).stream()
                    .map(token -> new ClaimSlot(token, "worker", true))
                    .toList();
            for (ClaimedJob job :
                    store.claim(new ClaimRequest(Selector.of(BUILD), slots)).jobs()) {
                store.finish(List.of(new FinishRequest(job.token(), SUCCESS, 0, List.of())));
            }
        }
        store.close();
        return sent;
    }

    @Test
    @DisplayName("frequent calls set how they are planned, unless the connections come with that")
    void settingsAreMadeOnce() {
        assertThat(statements(planned)).isNotEmpty().noneMatch(sql -> sql.contains("enable_seqscan"));
        assertThat(statements(SharedServer.pool()))
                .filteredOn(sql -> sql.contains("enable_seqscan"))
                .hasSize(6);
    }
}
