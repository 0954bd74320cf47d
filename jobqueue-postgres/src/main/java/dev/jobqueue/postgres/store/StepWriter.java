package dev.jobqueue.postgres.store;

import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.postgres.sql.SqlArray;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Writes a {@link Step}: a fixed number of statements, each for many jobs. */
final class StepWriter {
    private static final int MOST_ROWS = 20_000;
    private static final long MOST_BYTES = 64 << 20;

    private StepWriter() {}

    /** @param own whether the transaction is the queue's own: then what is left of ended attempts is removed at once, else the sweep does it */
    static void write(Handle handle, Step step, boolean own) {
        if (!step.past.isEmpty()) {
            writeAttempts(handle, step);
        }
        writeJobs(handle, new ArrayList<>(step.changed));
        trimAttempts(handle, step);
        if (own && !step.endedTokens.isEmpty()) {
            forget(handle, step.endedTokens);
        }
    }

    private static void writeAttempts(Handle handle, Step step) {
        List<Step.PastAttempt> past = step.past;
        handle.createUpdate("""
                        INSERT INTO <s>.attempt (job_id, number, token, worker, started, ended, ending, error, error_details)
                        SELECT a.job_id, a.number, a.token, a.worker, a.started::timestamptz, :now::timestamptz, a.ending::<s>.attempt_end,
                               a.error::json, a.details::json
                        FROM unnest(:jobs, :numbers, :tokens, :workers, :started, :endings, :errors, :details)
                             a (job_id, number, token, worker, started, ending, error, details)
                        """)
                .bind("now", step.now.toString())
                .bind(
                        "jobs",
                        SqlArray.uuids(past.stream().map(a -> a.job().value()).toList()))
                .bind(
                        "numbers",
                        SqlArray.integers(
                                past.stream().map(Step.PastAttempt::number).toList()))
                .bind(
                        "tokens",
                        SqlArray.uuids(past.stream().map(a -> a.token().value()).toList()))
                .bind(
                        "workers",
                        SqlArray.texts(
                                past.stream().map(Step.PastAttempt::worker).toList()))
                .bind(
                        "started",
                        SqlArray.texts(
                                past.stream().map(a -> a.started().toString()).toList()))
                .bind(
                        "endings",
                        SqlArray.texts(past.stream().map(a -> a.end().name()).toList()))
                .bind("errors", texts(past, a -> Columns.error(a.error())))
                .bind("details", texts(past, a -> Columns.errorDetails(a.error())))
                .execute();
    }

    private static <T> SqlArray texts(List<T> rows, Function<T, @Nullable String> text) {
        List<@Nullable String> texts = new ArrayList<>(rows.size());
        rows.forEach(row -> texts.add(text.apply(row)));
        return SqlArray.texts(texts);
    }

    /** Removes attempts beyond the last 100 (FIN-10), the one in the row of a finished job counted. */
    private static void trimAttempts(Handle handle, Step step) {
        List<UUID> often = step.changed.stream()
                .filter(job -> job.attempt > dev.jobqueue.Attempt.KEPT)
                .map(job -> job.id.value())
                .toList();
        if (!often.isEmpty()) {
            handle.createUpdate("""
                            DELETE FROM <s>.attempt a
                            WHERE a.job_id = ANY (:ids) AND a.number <= (SELECT j.attempt FROM <s>.job j WHERE j.id = a.job_id) - :kept
                            """)
                    .bind("ids", SqlArray.uuids(often))
                    .bind("kept", dev.jobqueue.Attempt.KEPT)
                    .execute();
        }
    }

    private static void writeJobs(Handle handle, List<LiveJob> jobs) {
        int from = 0;
        while (from < jobs.size()) {
            int to = from;
            long bytes = 0;
            while (to < jobs.size() && to - from < MOST_ROWS && (to == from || bytes < MOST_BYTES)) {
                LiveJob job = jobs.get(to++);
                bytes += job.result == null ? 0 : job.result.size();
            }
            writePart(handle, jobs.subList(from, to));
            from = to;
        }
    }

    private static void writePart(Handle handle, List<LiveJob> jobs) {
        handle.createUpdate("""
                        UPDATE <s>.job j
                        SET state = u.state::<s>.job_state,
                            waiting_for = u.waiting_for, failures = u.failures, recoveries = u.recoveries,
                            unblocked = u.unblocked::timestamptz, due = u.due::timestamptz, ready = u.ready::timestamptz,
                            finished = u.finished::timestamptz,
                            token = CASE WHEN u.running THEN j.token END,
                            worker = CASE WHEN u.running THEN j.worker END,
                            started = CASE WHEN u.running THEN j.started END,
                            started_tick = CASE WHEN u.running THEN j.started_tick END,
                            ending = u.ending::<s>.attempt_end,
                            result = u.result::json, error = u.error::json, error_details = u.details::json, cancel_reason = u.reason::json,
                            needed = u.finished IS NOT NULL AND (SELECT true FROM <s>.edge e WHERE e.dependency_id = j.id LIMIT 1) IS TRUE
                        FROM unnest(:ids, :states, :waiting, :failures, :recoveries, :unblocked, :due, :ready, :finished, :running, :endings,
                                    :results, :errors, :details, :reasons)
                             u (id, state, waiting_for, failures, recoveries, unblocked, due, ready, finished, running, ending, result, error,
                                details, reason)
                        CROSS JOIN LATERAL (SELECT x.ctid AS row FROM <s>.job x WHERE x.id = u.id OFFSET 0) l
                        WHERE j.ctid = l.row
                        """)
                .bind(
                        "ids",
                        SqlArray.uuids(jobs.stream().map(job -> job.id.value()).toList()))
                .bind(
                        "states",
                        SqlArray.texts(
                                jobs.stream().map(job -> job.state.name()).toList()))
                .bind(
                        "waiting",
                        SqlArray.integers(
                                jobs.stream().map(job -> job.waitingFor).toList()))
                .bind(
                        "failures",
                        SqlArray.integers(jobs.stream().map(job -> job.failures).toList()))
                .bind(
                        "recoveries",
                        SqlArray.integers(
                                jobs.stream().map(job -> job.recoveries).toList()))
                .bind("unblocked", times(jobs, job -> job.unblocked))
                .bind("due", times(jobs, job -> job.due))
                .bind("ready", times(jobs, job -> job.ready))
                .bind("finished", times(jobs, job -> job.finished))
                .bind(
                        "running",
                        SqlArray.booleans(
                                jobs.stream().map(StepWriter::keepsAttempt).toList()))
                .bind("endings", texts(jobs, job -> job.ending == null ? null : job.ending.name()))
                .bind("results", texts(jobs, job -> Columns.text(job.result)))
                .bind("errors", texts(jobs, job -> Columns.error(job.error)))
                .bind("details", texts(jobs, job -> Columns.errorDetails(job.error)))
                .bind("reasons", texts(jobs, job -> Columns.reason(job.cancelReason)))
                .execute();
    }

    private static boolean keepsAttempt(LiveJob job) {
        return job.ending != null || job.state == JobState.RUNNING;
    }

    private static SqlArray times(List<LiveJob> jobs, Function<LiveJob, @Nullable Instant> time) {
        return texts(jobs, job -> Columns.time(time.apply(job)));
    }

    private static void forget(Handle handle, List<JobToken> tokens) {
        SqlArray ended = SqlArray.uuids(Columns.tokens(tokens));
        handle.createUpdate("DELETE FROM <s>.heartbeat h WHERE h.token = ANY (:tokens)")
                .bind("tokens", ended)
                .execute();
        handle.createUpdate("DELETE FROM <s>.progress p WHERE p.token = ANY (:tokens)")
                .bind("tokens", ended)
                .execute();
    }

    /** The ids as an argument. */
    static SqlArray ids(List<JobId> ids) {
        return SqlArray.uuids(Columns.ids(ids));
    }
}
