package dev.jobqueue.examples.sqlite;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobTimes;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** A row of the table {@code job}, read to be changed and written back. */
final class Row {
    final long seq;
    final JobId id;
    final TypeChannel pair;
    private final RawJson args;
    private final Json.Given given;
    private final Instant enqueued;
    final Instant earliest;

    JobState state;
    int waitingFor;
    int attempts;
    int failures;
    int recoveries;

    @Nullable
    Instant unblocked;

    @Nullable
    Instant due;

    @Nullable
    Instant ready;

    @Nullable
    Instant finished;

    @Nullable
    JobToken token;

    @Nullable
    RawJson progress;

    @Nullable
    RawJson result;

    @Nullable
    JobError error;

    @Nullable
    String cancelReason;

    /** A new job, BLOCKED until somebody says otherwise. */
    Row(long seq, Job<RawJson> job, Instant enqueued, Instant earliest) {
        this.seq = seq;
        this.enqueued = enqueued;
        this.earliest = earliest;
        id = job.id();
        pair = new TypeChannel(job.type(), job.options().channel());
        args = job.args();
        given = new Json.Given(job.dependencies(), job.options());
        state = JobState.BLOCKED;
    }

    Row(ResultSet row) throws SQLException {
        seq = row.getLong("seq");
        id = JobId.parse(row.getString("id"));
        pair = new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel"));
        args = requireNonNull(raw(row, "args"));
        given = requireNonNull(Json.read(row.getString("given"), Json.Given.class));
        enqueued = requireNonNull(time(row, "enqueued"));
        earliest = requireNonNull(time(row, "earliest"));
        state = JobState.valueOf(row.getString("state"));
        waitingFor = row.getInt("waiting_for");
        attempts = row.getInt("attempts");
        failures = row.getInt("failures");
        recoveries = row.getInt("recoveries");
        unblocked = time(row, "unblocked");
        due = time(row, "due");
        ready = time(row, "ready");
        finished = time(row, "finished");
        String revealed = row.getString("token");
        token = revealed == null ? null : JobToken.parse(revealed);
        progress = raw(row, "progress");
        result = raw(row, "result");
        error = Json.read(row.getString("error"), JobError.class);
        cancelReason = Json.read(row.getString("cancel_reason"), String.class);
    }

    static @Nullable RawJson raw(ResultSet row, String column) throws SQLException {
        byte[] bytes = row.getBytes(column);
        return bytes == null ? null : RawJson.ofStored(bytes);
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    /** Binds every column under its name. */
    <S extends SqlStatement<S>> S bindTo(S statement) {
        return statement
                .bind("seq", seq)
                .bind("id", id.toString())
                .bind("type", pair.type().toString())
                .bind("channel", pair.channel())
                .bind("priority", options().priority())
                .bind("unique_key", options().uniqueKey().orElse(null))
                .bind("state", state.name())
                .bind("args", args.toBytes())
                .bind("given", Json.write(given))
                .bind("enqueued", enqueued.toEpochMilli())
                .bind("earliest", earliest.toEpochMilli())
                .bind("unblocked", millis(unblocked))
                .bind("due", millis(due))
                .bind("ready", millis(ready))
                .bind("finished", millis(finished))
                .bind("waiting_for", waitingFor)
                .bind("attempts", attempts)
                .bind("failures", failures)
                .bind("recoveries", recoveries)
                .bind("token", token == null ? null : token.reveal())
                .bind("progress", bytes(progress))
                .bind("result", bytes(result))
                .bind("error", Json.write(error))
                .bind("cancel_reason", Json.write(cancelReason));
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    private static byte @Nullable [] bytes(@Nullable RawJson json) {
        return json == null ? null : json.toBytes();
    }

    JobOptions options() {
        return given.options();
    }

    List<Dependency> givenDependencies() {
        return given.dependencies();
    }

    /** Exactly what was given at enqueue. */
    Job<RawJson> definition() {
        return new Job<>(id, pair.type(), args, given.dependencies(), given.options());
    }

    JobTimes times() {
        return new JobTimes(
                enqueued,
                Optional.ofNullable(unblocked),
                Optional.ofNullable(due),
                Optional.ofNullable(ready),
                Optional.ofNullable(finished));
    }

    boolean failedOrCanceled() {
        return state == JobState.FAILED || state == JobState.CANCELED;
    }
}
