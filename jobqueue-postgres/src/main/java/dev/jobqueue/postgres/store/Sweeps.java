package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.StaleJob;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.Receipt;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Looks for workers that have fallen silent.
 *
 * <p>Silence counts from the last heartbeat, but not from before this process opened its store or before the server started: while one of them was away,
 * workers that spoke through it could not be heard (HB-5).
 */
final class Sweeps {
    private final long openedTick;

    Sweeps(long openedTick) {
        this.openedTick = openedTick;
    }

    /** Ends attempts, in enqueue order. Jobs that somebody else has locked are passed over; the age is looked at again behind the lock (HB-8). */
    Receipt<JobId> expire(Handle handle, ExpireRequest request) {
        List<UUID> candidates = handle.createQuery("""
                        SELECT j.id
                        FROM (SELECT <s>.tick() AS tick, greatest(:opened, <s>.server_started_tick()) AS grace) c
                        CROSS JOIN <s>.job j
                        LEFT JOIN <s>.heartbeat h ON h.token = j.token
                        WHERE j.state = 'RUNNING'
                          AND (c.tick - greatest(j.started_tick, h.tick, c.grace) > :limit
                               OR c.tick - j.started_tick > j.timeout_ms * 1000000 + :limit)
                        ORDER BY j.seq
                        LIMIT :max
                        FOR UPDATE OF j SKIP LOCKED
                        """)
                .bind("opened", openedTick)
                .bind("limit", nanos(request.limit()))
                .bind("max", request.max())
                .map((row, context) -> Columns.uuid(row, "id"))
                .list();
        removeOrphans(handle, request.limit());
        if (candidates.isEmpty()) {
            return new Receipt<>(List.of(), Changes.NONE);
        }
        Map<UUID, Boolean> silent = new HashMap<>();
        handle.createQuery("""
                        SELECT j.id, c.tick - greatest(j.started_tick, h.tick, c.grace) > :limit AS silent,
                               coalesce(c.tick - j.started_tick > j.timeout_ms * 1000000 + :limit, false) AS late
                        FROM (SELECT <s>.tick() AS tick, greatest(:opened, <s>.server_started_tick()) AS grace) c
                        CROSS JOIN <s>.job j
                        LEFT JOIN <s>.heartbeat h ON h.token = j.token
                        WHERE j.id = ANY (:ids) AND j.state = 'RUNNING'
                        """)
                .bind("opened", openedTick)
                .bind("limit", nanos(request.limit()))
                .bind("ids", SqlArray.uuids(candidates))
                .map((row, context) -> {
                    if (row.getBoolean("silent") || row.getBoolean("late")) {
                        silent.put(Columns.uuid(row, "id"), row.getBoolean("silent"));
                    }
                    return true;
                })
                .list();
        Instant now = Locks.now(handle);
        Set<JobId> ids = silent.keySet().stream().map(JobId::new).collect(Collectors.toSet());
        Map<JobId, LiveJob> jobs = Locks.read(handle, ids, now);
        List<LiveJob> ending = List.copyOf(jobs.values());
        Step step = new Step(now, Dependents.lock(handle, ending, ending, jobs, now));
        for (LiveJob job : ending) {
            if (Boolean.TRUE.equals(silent.get(job.id.value()))) {
                step.loseHeartbeat(job, request.limit());
            } else {
                step.timeOut(job, request.jitter());
            }
        }
        StepWriter.write(handle, step, true);
        return new Receipt<>(ending.stream().map(job -> job.id).toList(), step.changes());
    }

    /** Removes heartbeats and progress of attempts that are over: what a finish in a caller's transaction, or one that met a heartbeat, has left. */
    private static void removeOrphans(Handle handle, Duration limit) {
        List<UUID> orphans = handle.createQuery("""
                        SELECT h.token FROM <s>.heartbeat h
                        WHERE <s>.tick() - h.tick > :limit
                          AND NOT EXISTS (SELECT 1 FROM <s>.job j WHERE j.state = 'RUNNING' AND j.token = h.token)
                        LIMIT 10000
                        """)
                .bind("limit", nanos(limit))
                .map((row, context) -> Columns.uuid(row, "token"))
                .list();
        if (!orphans.isEmpty()) {
            handle.createUpdate("DELETE FROM <s>.progress p WHERE p.token = ANY (:tokens)")
                    .bind("tokens", SqlArray.uuids(orphans))
                    .execute();
            handle.createUpdate("DELETE FROM <s>.heartbeat h WHERE h.token = ANY (:tokens)")
                    .bind("tokens", SqlArray.uuids(orphans))
                    .execute();
        }
    }

    List<StaleJob> stale(Handle handle, Duration olderThan, int max) {
        return handle.createQuery("""
                        SELECT r.id, r.type, r.worker, r.silence
                        FROM (SELECT j.id, j.type, j.worker, j.seq, c.tick - greatest(j.started_tick, h.tick, c.grace) AS silence
                              FROM (SELECT <s>.tick() AS tick, greatest(:opened, <s>.server_started_tick()) AS grace) c
                              CROSS JOIN <s>.job j
                              LEFT JOIN <s>.heartbeat h ON h.token = j.token
                              WHERE j.state = 'RUNNING') r
                        WHERE r.silence > :limit
                        ORDER BY r.silence DESC, r.seq
                        LIMIT :max
                        """)
                .bind("opened", openedTick)
                .bind("limit", nanos(olderThan))
                .bind("max", max)
                .map((row, context) -> new StaleJob(
                        Columns.id(row, "id"),
                        TypeName.parse(row.getString("type")),
                        row.getString("worker"),
                        Duration.ofNanos(row.getLong("silence"))))
                .list();
    }

    private static long nanos(Duration duration) {
        // Long.MAX_VALUE would overflow in the sum with a timeout.
        return duration.compareTo(Duration.ofDays(36_500)) > 0
                ? Duration.ofDays(36_500).toNanos()
                : duration.toNanos();
    }
}
