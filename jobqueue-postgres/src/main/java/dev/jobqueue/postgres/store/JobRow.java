package dev.jobqueue.postgres.store;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobTimes;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A job as it was read, with the rows that belong to it. */
final class JobRow {
    final JobId id;
    final TypeName type;
    final String channel;
    final JobState state;
    final @Nullable JobToken token;
    private final int priority;
    private final int attempt;
    private final int failures;
    private final int recoveries;
    private final @Nullable Long timeoutMillis;
    private final @Nullable String uniqueKey;
    private final Instant enqueued;
    private final @Nullable Instant unblocked;
    private final @Nullable Instant due;
    private final @Nullable Instant ready;
    private final @Nullable Instant started;
    private final @Nullable Instant finished;
    private final @Nullable String worker;
    private final @Nullable String ending;
    private final @Nullable RawJson args;
    private final @Nullable String options;
    private final @Nullable RawJson result;
    private final @Nullable JobError error;
    private final @Nullable String cancelReason;
    private final @Nullable RawJson progress;
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();

    /** An edge in effect and as given, with the outcome at its end. */
    private record Edge(int position, DependencyOutcome<RawJson> outcome, Dependency given, boolean included) {}

    /** From a row JOB of {@code read_jobs}. */
    JobRow(ResultSet row) throws SQLException {
        id = Columns.id(row, "o_id");
        type = TypeName.parse(row.getString("o_type"));
        channel = row.getString("o_channel");
        state = JobState.valueOf(row.getString("o_state"));
        token = Columns.token(row, "o_token");
        priority = row.getInt("o_priority");
        attempt = row.getInt("o_attempt");
        failures = row.getInt("o_failures");
        recoveries = row.getInt("o_recoveries");
        timeoutMillis = Columns.number(row, "o_timeout_ms");
        uniqueKey = row.getString("o_unique_key");
        enqueued = requireNonNull(Columns.time(row, "o_enqueued"));
        unblocked = Columns.time(row, "o_unblocked");
        due = Columns.time(row, "o_due");
        ready = Columns.time(row, "o_ready");
        started = Columns.time(row, "o_started");
        finished = Columns.time(row, "o_ended");
        worker = row.getString("o_worker");
        ending = row.getString("o_ending");
        args = Columns.json(row, "o_args");
        options = row.getString("o_options");
        result = Columns.json(row, "o_result");
        error = Columns.error(row, "o_error", "o_error_details");
        cancelReason = Columns.reasonOf(row.getString("o_cancel_reason"));
        progress = Columns.json(row, "o_progress");
    }

    /** Takes a row ATTEMPT. */
    void addAttempt(ResultSet row) throws SQLException {
        attempts.add(new Attempt(
                row.getInt("o_n"),
                row.getString("o_worker"),
                requireNonNull(Columns.time(row, "o_started")),
                Optional.ofNullable(Columns.time(row, "o_ended")),
                Optional.of(Attempt.End.valueOf(row.getString("o_ending"))),
                Optional.ofNullable(Columns.error(row, "o_error", "o_error_details"))));
    }

    /** Takes a row EDGE. */
    void addEdge(ResultSet row) throws SQLException {
        JobId dependency = Columns.id(row, "o_dependency");
        boolean givenElsewhere = row.getObject("o_given") != null;
        edges.add(new Edge(
                row.getInt("o_n"),
                new DependencyOutcome<>(
                        dependency,
                        TypeName.parse(row.getString("o_type")),
                        row.getBoolean("o_required"),
                        JobState.valueOf(row.getString("o_state")),
                        Optional.ofNullable(Columns.json(row, "o_result")),
                        Optional.ofNullable(Columns.error(row, "o_error", "o_error_details"))),
                new Dependency(
                        givenElsewhere ? Columns.id(row, "o_given") : dependency, row.getBoolean("o_given_required")),
                row.getBoolean("o_included")));
    }

    /** Puts the rows that belong to it into their order, once all have come. */
    void complete() {
        attempts.sort(Comparator.comparingInt(Attempt::number));
        edges.sort(Comparator.comparingInt(Edge::position));
        if (state == JobState.RUNNING) {
            attempts.add(new Attempt(
                    attempt,
                    requireNonNull(worker),
                    requireNonNull(started),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
        } else if (ending != null) {
            Attempt.End end = Attempt.End.valueOf(ending);
            boolean failed = end != Attempt.End.SUCCEEDED && end != Attempt.End.CANCELED;
            attempts.add(new Attempt(
                    attempt,
                    requireNonNull(worker),
                    requireNonNull(started),
                    Optional.ofNullable(finished),
                    Optional.of(end),
                    failed ? Optional.ofNullable(error) : Optional.empty()));
        }
    }

    Job<RawJson> definition() {
        return new Job<>(
                id,
                type,
                requireNonNull(args),
                edges.stream().map(Edge::given).toList(),
                Columns.options(options, channel, priority, timeoutMillis, uniqueKey));
    }

    StoredJob stored(Set<Part> parts) {
        JobStatus<RawJson> status = new JobStatus<>(
                id,
                type,
                channel,
                state,
                new JobTimes(
                        enqueued,
                        Optional.ofNullable(unblocked),
                        Optional.ofNullable(due),
                        Optional.ofNullable(ready),
                        Optional.ofNullable(finished)),
                failures,
                recoveries,
                lastAttempts(),
                Optional.ofNullable(progress),
                Optional.ofNullable(result),
                Optional.ofNullable(error),
                Optional.ofNullable(cancelReason),
                parts.contains(Part.DEPENDENCIES) ? outcomes() : List.of());
        return new StoredJob(status, parts.contains(Part.DEFINITION) ? Optional.of(definition()) : Optional.empty());
    }

    private List<Attempt> lastAttempts() {
        int most = state == JobState.RUNNING ? Attempt.KEPT + 1 : Attempt.KEPT;
        return attempts.subList(Math.max(0, attempts.size() - most), attempts.size());
    }

    private List<DependencyOutcome<RawJson>> outcomes() {
        return edges.stream().map(Edge::outcome).toList();
    }

    /** The running attempt; only while it runs. */
    ClaimedJob claimed() {
        boolean included = edges.isEmpty() || edges.get(0).included();
        return new ClaimedJob(definition(), requireNonNull(token), attempt, outcomes(), included);
    }
}
