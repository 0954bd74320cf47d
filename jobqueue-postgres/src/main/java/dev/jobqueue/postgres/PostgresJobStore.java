package dev.jobqueue.postgres;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.postgres.PostgresQueueOptions.Notification;
import dev.jobqueue.postgres.signal.Listener;
import dev.jobqueue.postgres.signal.Notifier;
import dev.jobqueue.postgres.signal.Signals;
import dev.jobqueue.postgres.sql.Database;
import dev.jobqueue.postgres.sql.Migrations;
import dev.jobqueue.postgres.store.Settings;
import dev.jobqueue.postgres.store.SharedStore;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Traits;
import dev.jobqueue.spi.Traits.Capability;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the store under a {@link PostgresJobQueue}, for those who work with the SPI. */
public final class PostgresJobStore {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresJobStore.class);

    /** The most items in one call. */
    static final int MAX_BATCH = 1_000;

    private PostgresJobStore() {}

    /** As {@link #open(DataSource, PostgresQueueOptions)}, with default settings. */
    public static JobStore open(DataSource dataSource) {
        return open(dataSource, PostgresQueueOptions.DEFAULT);
    }

    /**
     * Opens the store in a schema that is {@linkplain PostgresJobQueue#migrate up to date}.
     *
     * @throws JobQueueException.StoreUnavailable if the server cannot be reached or does not fit, or the schema is missing, too old, too new or broken
     *     off in a migration; the message says what to do
     */
    public static JobStore open(DataSource dataSource, PostgresQueueOptions options) {
        return open(new Database(requireNonNull(dataSource, "dataSource"), options.schema()), options);
    }

    static JobStore open(Database database, PostgresQueueOptions options) {
        Database.Server server = database.check();
        Migrations.check(database, options.schema());
        if (!server.fsync() && !options.durableWithoutFsync()) {
            LOG.warn(
                    "The server runs with fsync off: the queue does not call itself durable, because a crash of the machine may lose "
                            + "what was acknowledged and damage the database");
        }
        Signals signals = new Signals(
                database.read(handle -> Signals.channel(handle, options.schema())),
                UUID.randomUUID().toString().substring(0, 8));
        boolean afterCommit = options.notification() == Notification.AFTER_COMMIT;
        Settings settings = new Settings(
                traits(options, server.fsync() || options.durableWithoutFsync()),
                server.planned(),
                options.notification() == Notification.IN_TRANSACTION ? signals : null,
                afterCommit ? new Notifier(database, signals) : null,
                options.listen() ? new Listener(database, signals) : null);
        return new SharedStore(database, settings, SharedStore.tick(database));
    }

    private static Traits traits(PostgresQueueOptions options, boolean durable) {
        Set<Capability> capabilities = EnumSet.of(Capability.SHARED, Capability.TRANSACTIONAL);
        if (durable) {
            capabilities.add(Capability.DURABLE);
        }
        return new Traits(capabilities, MAX_BATCH, Optional.of(options.pollInterval()), true);
    }
}
