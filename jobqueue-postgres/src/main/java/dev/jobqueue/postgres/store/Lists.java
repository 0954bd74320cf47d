package dev.jobqueue.postgres.store;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobState;
import dev.jobqueue.Page;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Lists by key-set pages, and counts. Each reads only what an index gives in the order that is asked for (QRY-2). */
final class Lists {
    private Lists() {}

    /** An item and the word for what comes behind it. */
    private record Item(JobId id, String cursor) {}

    private static Page<JobId> page(List<Item> oneMore, int size) {
        boolean more = oneMore.size() > size;
        List<Item> items = more ? oneMore.subList(0, size) : oneMore;
        return new Page<>(
                items.stream().map(Item::id).toList(),
                more ? Optional.of(items.get(size - 1).cursor()) : Optional.empty());
    }

    private static long afterSeq(Page.Request page) {
        return page.after().map(Lists::seq).orElse(0L);
    }

    private static long seq(String cursor) {
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw notACursor(cursor, e);
        }
    }

    private static IllegalArgumentException notACursor(String cursor, RuntimeException cause) {
        return new IllegalArgumentException("not the next page of a list of this store: '" + cursor + "'", cause);
    }

    private static List<Item> bySeq(Query query, Page.Request page) {
        return query.bind("after", afterSeq(page))
                .bind("limit", page.size() + 1)
                .map((row, context) -> new Item(Columns.id(row, "id"), Long.toString(row.getLong("seq"))))
                .list();
    }

    static Answer<Page<JobId>> dependents(Handle handle, JobId id, Page.Request page) {
        boolean exists = handle.createQuery("SELECT EXISTS (SELECT 1 FROM <s>.job j WHERE j.id = :id)")
                .bind("id", id.value())
                .map((row, context) -> row.getBoolean(1))
                .one();
        if (!exists) {
            return Answer.refused(Reason.NOT_FOUND, id);
        }
        Query query = handle.createQuery("""
                        SELECT DISTINCT e.job_id AS id, e.job_seq AS seq
                        FROM <s>.edge e
                        WHERE e.dependency_id = :id AND e.job_seq > :after
                        ORDER BY e.job_seq, e.job_id
                        LIMIT :limit
                        """).bind("id", id.value());
        return Answer.accepted(page(bySeq(query, page), page.size()));
    }

    static Page<JobId> list(Handle handle, JobQuery query, Page.Request page) {
        if (query.state().isEmpty()) {
            return finished(handle, query.pair(), page);
        }
        JobState state = query.state().get();
        Query statement;
        if (state == JobState.READY) {
            statement = ready(handle);
        } else if (state == JobState.RUNNING) {
            statement = running(handle);
        } else {
            statement = waiting(handle).bind("state", state.name());
        }
        return page(bySeq(bind(statement, query.pair()), page), page.size());
    }

    private static Query bind(Query query, TypeChannel pair) {
        return query.bind("type", pair.type().toString()).bind("channel", pair.channel());
    }

    /** The index of ready jobs goes by priority: the head of each priority that occurs, and jobs whose time has just come. */
    private static Query ready(Handle handle) {
        return handle.createQuery("""
                WITH RECURSIVE p (priority) AS (
                    (SELECT j.priority FROM <s>.job j
                     WHERE j.state = 'READY' AND j.type = :type AND j.channel = :channel
                     ORDER BY j.priority DESC LIMIT 1)
                    UNION ALL
                    SELECT (SELECT j.priority FROM <s>.job j
                            WHERE j.state = 'READY' AND j.type = :type AND j.channel = :channel AND j.priority < p.priority
                            ORDER BY j.priority DESC LIMIT 1)
                    FROM p WHERE p.priority IS NOT NULL)
                SELECT r.id, r.seq
                FROM (SELECT h.id, h.seq
                      FROM p
                      CROSS JOIN LATERAL (
                          SELECT j.id, j.seq FROM <s>.job j
                          WHERE j.state = 'READY' AND j.type = :type AND j.channel = :channel AND j.priority = p.priority AND j.seq > :after
                          ORDER BY j.seq LIMIT :limit) h
                      UNION ALL
                      SELECT j.id, j.seq FROM <s>.job j
                      WHERE j.state = 'SCHEDULED' AND j.type = :type AND j.channel = :channel AND j.due <= (SELECT <s>.wall_time())
                        AND j.seq > :after) r
                ORDER BY r.seq LIMIT :limit
                """);
    }

    private static Query running(Handle handle) {
        return handle.createQuery("""
                SELECT j.id, j.seq FROM <s>.job j
                WHERE j.state = 'RUNNING' AND j.type = :type AND j.channel = :channel AND j.seq > :after
                ORDER BY j.seq LIMIT :limit
                """);
    }

    /** Blocked jobs, and scheduled ones whose time has not come. */
    private static Query waiting(Handle handle) {
        return handle.createQuery("""
                SELECT j.id, j.seq FROM <s>.job j
                WHERE j.state IN ('BLOCKED', 'SCHEDULED') AND j.state = :state::<s>.job_state
                  AND j.type = :type AND j.channel = :channel AND j.seq > :after
                  AND (j.state = 'BLOCKED' OR j.due > (SELECT <s>.wall_time()))
                ORDER BY j.seq LIMIT :limit
                """);
    }

    private static Page<JobId> finished(Handle handle, TypeChannel pair, Page.Request page) {
        String[] after = page.after().map(cursor -> cursor.split("/", 2)).orElse(new String[] {"-infinity", "0"});
        Query query = bind(handle.createQuery("""
                        SELECT j.id, j.seq, j.finished FROM <s>.job j
                        WHERE j.state >= 'SUCCEEDED' AND j.type = :type AND j.channel = :channel
                          AND (j.finished, j.seq) > (:after::timestamptz, :seq)
                        ORDER BY j.finished, j.seq LIMIT :limit
                        """), pair);
        List<Item> items = query.bind("after", time(after, page))
                .bind("seq", seq(after[1]))
                .bind("limit", page.size() + 1)
                .map((row, context) ->
                        new Item(Columns.id(row, "id"), Columns.time(row, "finished") + "/" + row.getLong("seq")))
                .list();
        return page(items, page.size());
    }

    private static String time(String[] cursor, Page.Request page) {
        if (page.after().isEmpty()) {
            return cursor[0];
        }
        try {
            if (cursor.length == 2) {
                return Instant.parse(cursor[0]).toString();
            }
        } catch (DateTimeParseException e) {
            throw notACursor(page.after().get(), e);
        }
        throw notACursor(page.after().get(), new IllegalArgumentException("no slash"));
    }

    /** Counts of unfinished jobs; each part reads an index that holds no finished job. */
    static List<JobCount> counts(Handle handle) {
        return handle.createQuery("""
                        WITH clock AS MATERIALIZED (SELECT <s>.wall_time() AS now),
                        part AS (
                            SELECT j.type, j.channel, 'READY' AS state, count(*) AS n FROM <s>.job j
                            WHERE j.state = 'READY' GROUP BY j.type, j.channel
                            UNION ALL
                            SELECT j.type, j.channel, 'RUNNING', count(*) FROM <s>.job j
                            WHERE j.state = 'RUNNING' GROUP BY j.type, j.channel
                            UNION ALL
                            SELECT j.type, j.channel, 'BLOCKED', count(*) FROM <s>.job j
                            WHERE j.state IN ('BLOCKED', 'SCHEDULED') AND j.state = 'BLOCKED' GROUP BY j.type, j.channel
                            UNION ALL
                            SELECT j.type, j.channel, CASE WHEN j.due <= c.now THEN 'READY' ELSE 'SCHEDULED' END, count(*)
                            FROM clock c CROSS JOIN <s>.job j
                            WHERE j.state = 'SCHEDULED' GROUP BY 1, 2, 3)
                        SELECT type, channel, state, sum(n) AS n FROM part GROUP BY type, channel, state
                        """)
                .map((row, context) -> new JobCount(
                        new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel")),
                        JobState.valueOf(row.getString("state")),
                        row.getLong("n")))
                .list();
    }

    /** For selectors by number, whether a claim would find a job. */
    static List<Integer> ready(
            Handle handle, List<Integer> selectors, List<String> types, List<@Nullable String> channels) {
        return handle.createQuery("SELECT <s>.ready_selectors(:selectors, :types, :channels) AS n")
                .bind("selectors", SqlArray.integers(selectors))
                .bind("types", SqlArray.texts(types))
                .bind("channels", SqlArray.texts(channels))
                .map((row, context) -> row.getInt("n"))
                .list();
    }
}
