package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The part of a locked job that changes, read to be changed and written back. */
final class LiveJob {
    /** What is read of a row {@code j}. */
    static final String COLUMNS = """
            j.id, j.seq, j.type, j.channel, j.state, j.priority, coalesce(j.earliest, j.enqueued) AS earliest, j.unblocked, j.due, j.ready,
            j.finished, j.attempt, j.failures, j.recoveries, j.waiting_for, j.token, j.worker, j.started, j.timeout_ms, j.options
            """;

    final JobId id;
    final long seq;
    final TypeChannel pair;
    final int attempt;
    /** Not to run before. */
    final Instant earliest;

    final @Nullable String worker;
    final @Nullable Instant started;

    JobState state;
    int waitingFor;
    int failures;
    int recoveries;

    @Nullable
    JobToken token;

    @Nullable
    Instant unblocked;

    @Nullable
    Instant due;

    @Nullable
    Instant ready;

    @Nullable
    Instant finished;

    Attempt.@Nullable End ending;

    @Nullable
    RawJson result;

    @Nullable
    JobError error;

    @Nullable
    String cancelReason;

    private final int priority;
    private final @Nullable Long timeoutMillis;
    private final @Nullable String options;

    /** @param now a SCHEDULED job that is due by then is READY (DEQ-14) */
    LiveJob(ResultSet row, Instant now) throws SQLException {
        id = Columns.id(row, "id");
        seq = row.getLong("seq");
        pair = new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel"));
        attempt = row.getInt("attempt");
        earliest = requireNonNull(Columns.time(row, "earliest"));
        worker = row.getString("worker");
        started = Columns.time(row, "started");
        priority = row.getInt("priority");
        timeoutMillis = Columns.number(row, "timeout_ms");
        options = row.getString("options");
        state = JobState.valueOf(row.getString("state"));
        waitingFor = row.getInt("waiting_for");
        failures = row.getInt("failures");
        recoveries = row.getInt("recoveries");
        token = Columns.token(row, "token");
        unblocked = Columns.time(row, "unblocked");
        due = Columns.time(row, "due");
        ready = Columns.time(row, "ready");
        finished = Columns.time(row, "finished");
        if (state == JobState.SCHEDULED && due != null && !due.isAfter(now)) {
            state = JobState.READY;
            ready = due;
        }
    }

    /** The options that decide what follows an attempt. */
    JobOptions options() {
        return Columns.options(options, pair.channel(), priority, timeoutMillis, null);
    }

    boolean finished() {
        return state.finished();
    }

    boolean failedOrCanceled() {
        return state == JobState.FAILED || state == JobState.CANCELED;
    }

    @Override
    public String toString() {
        return "job " + seq + " " + id + " " + state;
    }
}
