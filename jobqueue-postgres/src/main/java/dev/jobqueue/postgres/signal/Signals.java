package dev.jobqueue.postgres.signal;

import dev.jobqueue.postgres.sql.Identifiers;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Changes;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The channel of one schema's notifications, and what one process says on it. */
public record Signals(String channel, String self) {
    /** The channel of this schema: the number of its main table, which is unique in the database. */
    public static String channel(Handle handle, String schema) {
        return handle.createQuery("SELECT 'jobqueue_' || to_regclass(:table)::oid")
                .bind("table", Identifiers.quoted(schema) + ".job")
                .map((row, context) -> row.getString(1))
                .one();
    }

    /** Tells these changes to all processes when the transaction of the handle commits. */
    public void send(Handle handle, Changes changes) {
        send(handle, changes, "SELECT pg_notify(:channel, p.payload) FROM unnest(:payloads) p (payload)");
    }

    /** The same as a transaction of its own, one statement whose commit does not wait for the disk. */
    void sendAlone(Handle handle, Changes changes) {
        send(handle, changes, """
                SELECT pg_notify(:channel, p.payload), set_config('synchronous_commit', 'off', true) FROM unnest(:payloads) p (payload)
                """);
    }

    private void send(Handle handle, Changes changes, String sql) {
        List<String> payloads = Message.payloads(self, changes);
        if (!payloads.isEmpty()) {
            handle.createQuery(sql)
                    .bind("channel", channel)
                    .bind("payloads", SqlArray.texts(payloads))
                    .map((row, context) -> true)
                    .list();
        }
    }
}
