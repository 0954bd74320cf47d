package dev.jobqueue.postgres.store;

import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.PlainStatement;
import dev.jobqueue.postgres.sql.Planning;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The most frequent calls as plain statements, in transactions of the queue's own. A function does the same and more, but for one job its start and end
 * cost as much again as what it does.
 *
 * <p>Each call answers null or false, and has changed nothing, where it needs the function or the statements of the general way.
 *
 * <p>Statements that belong together go to the server at once and are one transaction. The first sets how the others are {@linkplain Planning planned},
 * unless the connections come with that. Each has a snapshot of its own, which the lock protocol needs.
 */
final class ShortWays {
    /** True. The transaction waits for its own commit to reach the disk, whatever the session says. */
    private static final String DURABLE =
            "(current_setting('synchronous_commit') <> 'off' OR set_config('synchronous_commit', 'on', true) IS NOT NULL)";

    private static final String ENQUEUE_ONE = """
            /* enqueue */
            INSERT INTO <s>.job (id, state, priority, type, channel, args, options, timeout_ms, enqueued, unblocked, ready)
            SELECT ?, 'READY', ?, ?, ?, ?::json, ?::json, ?, n.now, n.now, n.now
            FROM (SELECT <s>.wall_time() AS now) n
            WHERE
            """ + DURABLE + " ON CONFLICT (id) DO NOTHING";

    /** All or, if an id exists, none. */
    private static final String ENQUEUE_SEVERAL = """
            /* enqueue */
            WITH clock AS MATERIALIZED (SELECT <s>.wall_time() AS now WHERE
            """ + DURABLE + """
            )
            INSERT INTO <s>.job (id, state, priority, type, channel, args, enqueued, unblocked, ready)
            SELECT g.id, 'READY', ?, ?, ?, g.args, c.now, c.now, c.now
            FROM clock c CROSS JOIN unnest(?::uuid[], ?::json[]) WITH ORDINALITY g (id, args, n)
            WHERE (SELECT true FROM <s>.job j WHERE j.id = ANY (?) LIMIT 1) IS NOT TRUE
            ORDER BY g.n
            """;

    /**
     * The ready jobs of a pair, if nothing is paused and none is due: this is looked at before a job is locked, so that no lock hides a job which is not
     * taken.
     */
    private static final String READY = """
            <s>.job h
            WHERE h.state = 'READY' AND h.type = ? AND h.channel = ?
              AND (SELECT true FROM <s>.pause LIMIT 1) IS NOT TRUE
              AND (SELECT d.due <= <s>.wall_time() FROM <s>.job d
                   WHERE d.state = 'SCHEDULED' AND d.type = ? AND d.channel = ? ORDER BY d.due LIMIT 1) IS NOT TRUE
            ORDER BY h.priority DESC, h.seq
            """;

    private static final String START = """
            UPDATE <s>.job j
            SET state = 'RUNNING', attempt = j.attempt + 1,
            """;

    private static final String STARTED = """
            RETURNING j.id, j.attempt, j.priority, j.args, j.options, j.timeout_ms, j.unique_key, j.dependencies,
                      (SELECT (extract(epoch FROM d.due - <s>.wall_time()) * 1000)::bigint FROM <s>.job d
                       WHERE d.state = 'SCHEDULED' AND d.type = ? AND d.channel = ? ORDER BY d.due LIMIT 1),
            """;

    private static final String CLAIM_ONE = "/* claim */\n" + START + """
            started = <s>.wall_time(), started_tick = <s>.tick(), token = ?, worker = ?
            WHERE j.ctid = (SELECT h.ctid FROM
            """ + READY
            + "LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AND " + DURABLE + STARTED + "1, 1";

    private static final String CLAIM_SEVERAL =
            """
            /* claim */
            WITH clock AS MATERIALIZED (SELECT <s>.wall_time() AS now, <s>.tick() AS tick WHERE
            """ + DURABLE + """
            ),
            head AS MATERIALIZED (
                SELECT l.row, row_number() OVER () AS n
                FROM (SELECT h.ctid AS row FROM
            """ + READY + "LIMIT ? FOR NO KEY UPDATE SKIP LOCKED) l)" + START + """
            started = (SELECT c.now FROM clock c), started_tick = (SELECT c.tick FROM clock c), token = r.token, worker = r.worker
            FROM head JOIN unnest(?::uuid[], ?::text[]) WITH ORDINALITY r (token, worker, n) ON r.n = head.n
            WHERE j.ctid = head.row
            """
                    + STARTED + "head.n, (SELECT count(*) FROM head)";

    private static final String LOCK = "SELECT 1 FROM <s>.job j WHERE j.state = 'RUNNING' AND j.token = ? FOR UPDATE";

    /** One attempt with neither dependents nor a heartbeat, which is not the latest of very many. */
    private static final String SUCCEED = """
            /* finish */
            UPDATE <s>.job j
            SET state = 'SUCCEEDED', ending = 'SUCCEEDED', finished = <s>.wall_time(), result = ?::json
            WHERE j.state = 'RUNNING' AND j.token = ? AND j.attempt <= 100
              AND (SELECT true FROM <s>.edge e WHERE e.dependency_id = j.id LIMIT 1) IS NOT TRUE
              AND (SELECT true FROM <s>.heartbeat h WHERE h.token = j.token) IS NOT TRUE
              AND
            """ + DURABLE + " RETURNING j.id";

    private final PlainStatement enqueueOne;
    private final PlainStatement enqueueSeveral;
    private final PlainStatement claimOne;
    private final PlainStatement claimSeveral;
    private final PlainStatement succeed;

    /**
     * @param schema the quoted name
     * @param planned whether all connections come with the settings for planning
     */
    ShortWays(String schema, boolean planned) {
        enqueueOne = new PlainStatement(schema, ENQUEUE_ONE);
        enqueueSeveral = statement(schema, planned, ENQUEUE_SEVERAL);
        claimOne = statement(schema, planned, CLAIM_ONE);
        claimSeveral = statement(schema, planned, CLAIM_SEVERAL);
        succeed = statement(schema, planned, LOCK, SUCCEED);
    }

    private static PlainStatement statement(String schema, boolean planned, String... statements) {
        List<String> all = new ArrayList<>(List.of(statements));
        if (!planned) {
            all.add(0, Planning.STATEMENT);
        }
        return new PlainStatement(schema, all.toArray(String[]::new));
    }

    // ---- enqueue

    /** Stores jobs that are READY at once: one, or several that differ in nothing but their args. */
    boolean insert(Handle handle, List<List<NewJob>> graphs) {
        List<NewJob> items = graphs.stream().flatMap(List::stream).toList();
        if (!items.stream().allMatch(item -> item.delay().isZero())) {
            return false;
        }
        List<Job<RawJson>> jobs = items.stream().map(NewJob::job).toList();
        Job<RawJson> first = jobs.get(0);
        if (jobs.size() == 1) {
            return insertOne(handle, first);
        }
        return first.options().timeout().isEmpty()
                && Columns.options(first.options()) == null
                && jobs.stream()
                        .allMatch(job ->
                                job.type().equals(first.type()) && job.options().equals(first.options()))
                && insertAlike(handle, jobs);
    }

    private boolean insertOne(Handle handle, Job<RawJson> job) {
        int stored = enqueueOne.update(handle, statement -> {
            statement.setObject(1, job.id().value());
            statement.setInt(2, job.options().priority());
            statement.setString(3, job.type().toString());
            statement.setString(4, job.options().channel());
            statement.setString(5, job.args().toString());
            statement.setString(6, Columns.options(job.options()));
            statement.setObject(
                    7, job.options().timeout().map(Duration::toMillis).orElse(null), Types.BIGINT);
        });
        return stored == 1;
    }

    private boolean insertAlike(Handle handle, List<Job<RawJson>> jobs) {
        Job<RawJson> first = jobs.get(0);
        SqlArray ids = SqlArray.uuids(jobs.stream().map(job -> job.id().value()).toList());
        int stored = enqueueSeveral.update(handle, statement -> {
            statement.setInt(1, first.options().priority());
            statement.setString(2, first.type().toString());
            statement.setString(3, first.options().channel());
            ids.set(4, statement);
            SqlArray.texts(jobs.stream().map(job -> job.args().toString()).toList())
                    .set(5, statement);
            ids.set(6, statement);
        });
        return stored > 0;
    }

    // ---- claim

    /** Takes jobs of one pair with new tokens. If it finds as many as were asked for, there may be more. */
    Claims.@Nullable Taken claim(Handle handle, ClaimRequest request) {
        Selector selector = request.selector();
        List<ClaimSlot> slots = request.slots();
        if (selector.types().size() > 1
                || selector.channels().size() != 1
                || !slots.stream().allMatch(ClaimSlot::fresh)) {
            return null;
        }
        TypeName type = selector.types().iterator().next();
        String channel = selector.channels().iterator().next();
        Claims.Taken taken = slots.size() == 1
                ? claimOne.query(
                        handle,
                        statement -> {
                            statement.setObject(1, slots.get(0).token().value());
                            statement.setString(2, slots.get(0).worker());
                            setPair(statement, 3, type, channel);
                            setPair(statement, 5, type, channel);
                            setPair(statement, 7, type, channel);
                        },
                        row -> taken(row, slots, type, channel))
                : claimSeveral.query(
                        handle,
                        statement -> {
                            setPair(statement, 1, type, channel);
                            setPair(statement, 3, type, channel);
                            statement.setInt(5, slots.size());
                            SqlArray.uuids(slots.stream()
                                            .map(slot -> slot.token().value())
                                            .toList())
                                    .set(6, statement);
                            SqlArray.texts(slots.stream().map(ClaimSlot::worker).toList())
                                    .set(7, statement);
                            setPair(statement, 8, type, channel);
                        },
                        row -> taken(row, slots, type, channel));
        return taken.jobs().isEmpty() ? null : taken;
    }

    private static void setPair(PreparedStatement statement, int position, TypeName type, String channel)
            throws SQLException {
        statement.setString(position, type.toString());
        statement.setString(position + 1, channel);
    }

    private static Claims.Taken taken(ResultSet row, List<ClaimSlot> slots, TypeName type, String channel)
            throws SQLException {
        Map<JobToken, ClaimedJob> jobs = new HashMap<>();
        List<JobId> incomplete = new ArrayList<>();
        int locked = 0;
        Optional<Duration> nextDue = Optional.empty();
        while (row.next()) {
            JobId id = Columns.id(row, 1);
            if (row.getInt(8) > 0) {
                incomplete.add(id);
            }
            nextDue = Optional.ofNullable(Columns.number(row, 9)).map(Duration::ofMillis);
            JobToken token = slots.get(row.getInt(10) - 1).token();
            locked = row.getInt(11);
            Job<RawJson> job = new Job<>(
                    id,
                    type,
                    RawJson.ofStored(row.getBytes(4)),
                    List.of(),
                    Columns.options(
                            row.getString(5), channel, row.getInt(3), Columns.number(row, 6), row.getString(7)));
            jobs.put(token, new ClaimedJob(job, token, row.getInt(2), List.of(), true));
        }
        // A job that was claimed and given back since the statement began is locked, but not seen by its update.
        boolean more = jobs.size() == slots.size() || jobs.size() < locked;
        return new Claims.Taken(jobs, Set.of(), incomplete, more, nextDue);
    }

    // ---- finish

    /** Ends one attempt with success. */
    @Nullable
    Receipt<Answer<TokenAnswer>> succeed(Handle handle, List<FinishRequest> requests) {
        if (requests.size() > 1) {
            return null;
        }
        FinishRequest request = requests.get(0);
        Optional<JobId> ended = succeed.query(
                handle,
                statement -> {
                    statement.setObject(1, request.token().value());
                    statement.setString(
                            2,
                            ((JobOutcome.Succeeded) request.outcome()).result().toString());
                    statement.setObject(3, request.token().value());
                },
                row -> row.next() ? Optional.of(Columns.id(row, 1)) : Optional.empty());
        if (ended.isEmpty()) {
            return null;
        }
        ChangeLog changes = new ChangeLog();
        changes.ended(ended.get());
        return new Receipt<>(List.of(Answer.accepted(TokenAnswer.DONE)), changes.changes());
    }
}
