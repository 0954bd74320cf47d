package dev.jobqueue.postgres.store;

import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.FunctionCall;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Starts attempts. */
final class Claims {
    private Claims() {}

    /**
     * What a claim gave.
     *
     * @param jobs by token; of those in {@code incomplete} the dependencies are missing
     * @param held tokens that were in force before
     */
    record Taken(
            Map<JobToken, ClaimedJob> jobs,
            Set<JobToken> held,
            List<JobId> incomplete,
            boolean more,
            Optional<Duration> nextDue) {
        /** The answer in the order of the slots: first jobs that were held before, then new ones. */
        Claimed answer(ClaimRequest request, Map<JobToken, ClaimedJob> completed) {
            List<ClaimedJob> before = new ArrayList<>(held.size());
            List<ClaimedJob> ordered = new ArrayList<>(jobs.size());
            for (ClaimSlot slot : request.slots()) {
                ClaimedJob job = completed.getOrDefault(slot.token(), jobs.get(slot.token()));
                if (job != null) {
                    (held.contains(slot.token()) ? before : ordered).add(job);
                }
            }
            before.addAll(ordered);
            return new Claimed(before, more, nextDue);
        }
    }

    static Taken claim(Handle handle, ClaimRequest request, @Nullable ShortWays shortWays) {
        Taken taken = shortWays == null ? null : shortWays.claim(handle, request);
        if (taken != null) {
            return taken;
        }
        Selector selector = request.selector();
        return FunctionCall.call(
                handle,
                "claim",
                Claims::taken,
                request.slots().stream().allMatch(ClaimSlot::fresh),
                SqlArray.texts(selector.types().stream().map(TypeName::toString).toList()),
                selector.channels().isEmpty() ? SqlArray.none() : SqlArray.texts(selector.channels()),
                SqlArray.uuids(
                        request.slots().stream().map(s -> s.token().value()).toList()),
                SqlArray.texts(request.slots().stream().map(ClaimSlot::worker).toList()));
    }

    private static Taken taken(ResultSet row) throws SQLException {
        Map<JobToken, ClaimedJob> jobs = new HashMap<>();
        Set<JobToken> held = new HashSet<>();
        List<JobId> incomplete = new ArrayList<>();
        boolean more = false;
        Optional<Duration> nextDue = Optional.empty();
        while (row.next()) {
            boolean says = row.getBoolean("o_more");
            if (!row.wasNull()) {
                more = says;
                nextDue = Optional.ofNullable(Columns.number(row, "o_next_due_ms"))
                        .map(Duration::ofMillis);
            }
            JobToken token = Columns.token(row, "o_token");
            if (token == null) {
                continue;
            }
            ClaimedJob job = job(row, token);
            jobs.put(token, job);
            if (row.getBoolean("o_held")) {
                held.add(token);
            }
            if (row.getInt("o_dependencies") > 0) {
                incomplete.add(job.job().id());
            }
        }
        return new Taken(jobs, held, incomplete, more, nextDue);
    }

    private static ClaimedJob job(ResultSet row, JobToken token) throws SQLException {
        RawJson args = RawJson.ofStored(row.getBytes("o_args"));
        return new ClaimedJob(
                new Job<>(
                        Columns.id(row, "o_id"),
                        TypeName.parse(row.getString("o_type")),
                        args,
                        List.of(),
                        Columns.options(
                                row.getString("o_options"),
                                row.getString("o_channel"),
                                row.getInt("o_priority"),
                                Columns.number(row, "o_timeout_ms"),
                                row.getString("o_unique_key"))),
                token,
                row.getInt("o_attempt"),
                List.of(),
                true);
    }

    /** The answer to a claim by id before the job was read: the token that holds it, or a refusal. */
    static Answer<JobToken> claim(Handle handle, JobId id, ClaimSlot slot) {
        return handle.createQuery("SELECT * FROM <s>.claim_job(:id, :token, :worker)")
                .bind("id", id.value())
                .bind("token", slot.token().value())
                .bind("worker", slot.worker())
                .map((row, context) -> answer(row, id, slot))
                .one();
    }

    private static Answer<JobToken> answer(ResultSet row, JobId id, ClaimSlot slot) throws SQLException {
        return switch (row.getString("o_answer")) {
            case "CLAIMED" -> Answer.accepted(slot.token());
            case "NOT_FOUND" -> Answer.refused(Reason.NOT_FOUND, id);
            case "PAUSED" -> Answer.refused(Reason.PAUSED, id);
            default -> Answer.refused(Reason.NOT_PENDING, id, JobState.valueOf(row.getString("o_state")));
        };
    }
}
