package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.postgres.sql.SqlArray;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * The first statement of whatever changes jobs: their rows, locked in one order, which is running jobs first and then the others, each in enqueue order.
 * Running ones come first because whoever ends them knows only behind their locks who depends on them.
 */
final class Locks {
    private Locks() {}

    /** The wall clock of the store; asked after a lock was waited for, so that times follow the order of events. */
    static Instant now(Handle handle) {
        return handle.createQuery("SELECT <s>.wall_time()::timestamptz AS now")
                .map((row, context) -> Columns.time(row, "now"))
                .one();
    }

    /** Running jobs by their tokens, locked so that they can end. */
    static List<LiveJob> running(Handle handle, Collection<JobToken> tokens) {
        return handle.createQuery("SELECT " + LiveJob.COLUMNS + """
                        FROM <s>.job j
                        WHERE j.state = 'RUNNING' AND j.token = ANY (:tokens)
                        ORDER BY j.seq
                        FOR UPDATE
                        """)
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .map((row, context) -> new LiveJob(row, Instant.MIN))
                .list();
    }

    /** Running jobs by their tokens, locked so that they can be given back: enqueues that name them do not stand in the way. */
    static List<LiveJob> runningToGiveBack(Handle handle, Collection<JobToken> tokens) {
        return handle.createQuery("SELECT " + LiveJob.COLUMNS + """
                        FROM <s>.job j
                        WHERE j.state = 'RUNNING' AND j.token = ANY (:tokens)
                        ORDER BY j.seq
                        FOR NO KEY UPDATE
                        """)
                .bind("tokens", SqlArray.uuids(Columns.tokens(tokens)))
                .map((row, context) -> new LiveJob(row, Instant.MIN))
                .list();
    }

    /** Locked jobs, and the time behind their locks. */
    record Locked(Map<JobId, LiveJob> jobs, Instant now) {}

    /** Jobs by id, in any state, locked so that they can end. */
    static Locked jobs(Handle handle, Collection<JobId> ids) {
        lock(handle, ids);
        return read(handle, ids);
    }

    /** Locks jobs by id so that they can end. */
    static void lock(Handle handle, Collection<JobId> ids) {
        handle.createQuery("""
                        SELECT j.id FROM <s>.job j WHERE j.id = ANY (:ids) ORDER BY j.state <> 'RUNNING', j.seq FOR UPDATE
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .map((row, context) -> true)
                .list();
    }

    /** Jobs that are locked, as they are now. */
    static Locked read(Handle handle, Collection<JobId> ids) {
        Instant now = now(handle);
        return new Locked(read(handle, ids, now), now);
    }

    /** Jobs by id, as they are. */
    static Map<JobId, LiveJob> read(Handle handle, Collection<JobId> ids, Instant now) {
        Map<JobId, LiveJob> jobs = new LinkedHashMap<>();
        handle.createQuery("SELECT " + LiveJob.COLUMNS + """
                        FROM <s>.job j
                        WHERE j.id = ANY (:ids)
                        ORDER BY j.seq
                        """)
                .bind("ids", SqlArray.uuids(Columns.ids(ids)))
                .map((row, context) -> new LiveJob(row, now))
                .list()
                .forEach(job -> jobs.put(job.id, job));
        return jobs;
    }
}
