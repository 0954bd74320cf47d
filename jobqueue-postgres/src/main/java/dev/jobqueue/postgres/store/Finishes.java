package dev.jobqueue.postgres.store;

import dev.jobqueue.Attempt;
import dev.jobqueue.Enqueued;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.FunctionCall;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Ends attempts by their tokens. */
final class Finishes {
    private final boolean own;
    private final Inserts inserts;
    private final @Nullable ShortWays shortWays;

    Finishes(boolean own, Inserts inserts, @Nullable ShortWays shortWays) {
        this.own = own;
        this.inserts = inserts;
        this.shortWays = shortWays;
    }

    /** Whether one statement does it: all are successes without follow-ups, and no token comes twice. */
    static boolean simple(List<FinishRequest> requests) {
        Set<JobToken> tokens = new HashSet<>();
        for (FinishRequest request : requests) {
            if (!(request.outcome() instanceof JobOutcome.Succeeded)
                    || !request.followUps().isEmpty()
                    || !tokens.add(request.token())) {
                return false;
            }
        }
        return true;
    }

    Receipt<Answer<TokenAnswer>> succeed(Handle handle, List<FinishRequest> requests) {
        Receipt<Answer<TokenAnswer>> receipt = shortWays == null ? null : shortWays.succeed(handle, requests);
        if (receipt != null) {
            return receipt;
        }
        List<JobToken> tokens = new ArrayList<>(requests.size());
        List<String> results = new ArrayList<>(requests.size());
        for (FinishRequest request : requests) {
            tokens.add(request.token());
            results.add(((JobOutcome.Succeeded) request.outcome()).result().toString());
        }
        ChangeLog changes = new ChangeLog();
        Map<JobToken, TokenAnswer> answers = new HashMap<>();
        var unused = FunctionCall.call(
                handle,
                "finish_succeeded",
                row -> {
                    while (row.next()) {
                        take(row, answers, changes);
                    }
                    return true;
                },
                own,
                SqlArray.uuids(Columns.tokens(tokens)),
                SqlArray.texts(results));
        List<Answer<TokenAnswer>> items = new ArrayList<>(requests.size());
        requests.forEach(
                request -> items.add(Answer.accepted(answers.getOrDefault(request.token(), TokenAnswer.LOST))));
        return new Receipt<>(items, changes.changes());
    }

    private static void take(ResultSet row, Map<JobToken, TokenAnswer> answers, ChangeLog changes) throws SQLException {
        switch (row.getString("o_row")) {
            case "DONE" -> {
                answers.put(new JobToken(Columns.uuid(row, "o_token")), TokenAnswer.DONE);
                changes.ended(Columns.id(row, "o_id"));
            }
            case "READY" -> changes.ready(pair(row));
            case "SCHEDULED" -> changes.scheduled(pair(row));
            case "OTHER" ->
                answers.put(
                        new JobToken(Columns.uuid(row, "o_token")),
                        PastTokens.past(row).answerToFinish(Attempt.End.SUCCEEDED));
            default -> throw new IllegalStateException("unknown row of finish_succeeded");
        }
    }

    private static TypeChannel pair(ResultSet row) throws SQLException {
        return new TypeChannel(TypeName.parse(row.getString("o_type")), row.getString("o_channel"));
    }

    /** Any finishes, in their order: those without follow-ups in parts as long as possible, the others one by one. */
    Receipt<Answer<TokenAnswer>> finish(Handle handle, List<FinishRequest> requests) {
        ChangeLog changes = new ChangeLog();
        List<Answer<TokenAnswer>> answers = new ArrayList<>(requests.size());
        List<FinishRequest> part = new ArrayList<>();
        Set<JobToken> tokens = new HashSet<>();
        for (FinishRequest request : requests) {
            boolean alone = !request.followUps().isEmpty();
            if (alone || tokens.contains(request.token())) {
                finishPart(handle, part, answers, changes);
                tokens.clear();
            }
            if (alone) {
                answers.add(finishWithFollowUps(handle, request, changes));
            } else {
                part.add(request);
                tokens.add(request.token());
            }
        }
        finishPart(handle, part, answers, changes);
        return new Receipt<>(answers, changes.changes());
    }

    private void finishPart(
            Handle handle, List<FinishRequest> part, List<Answer<TokenAnswer>> answers, ChangeLog changes) {
        if (part.isEmpty()) {
            return;
        }
        // Successes fail nobody, so they may go before the others.
        List<FinishRequest> succeeded = new ArrayList<>();
        List<FinishRequest> others = new ArrayList<>();
        part.forEach(request -> (request.outcome() instanceof JobOutcome.Succeeded ? succeeded : others).add(request));
        Map<JobToken, Answer<TokenAnswer>> byToken = new HashMap<>();
        if (!succeeded.isEmpty()) {
            Receipt<Answer<TokenAnswer>> receipt = succeed(handle, succeeded);
            changes.add(receipt.changes());
            for (int i = 0; i < succeeded.size(); i++) {
                byToken.put(succeeded.get(i).token(), receipt.items().get(i));
            }
        }
        if (!others.isEmpty()) {
            finishOthers(handle, others, changes)
                    .forEach((token, answer) -> byToken.put(token, Answer.accepted(answer)));
        }
        part.forEach(request -> answers.add(byToken.getOrDefault(request.token(), Answer.accepted(TokenAnswer.LOST))));
        part.clear();
    }

    private Map<JobToken, TokenAnswer> finishOthers(Handle handle, List<FinishRequest> requests, ChangeLog changes) {
        Map<JobToken, FinishRequest> byToken = new LinkedHashMap<>();
        requests.forEach(request -> byToken.put(request.token(), request));
        boolean mayEnd = requests.stream().anyMatch(request -> !(request.outcome() instanceof JobOutcome.Released));
        List<LiveJob> locked =
                mayEnd ? Locks.running(handle, byToken.keySet()) : Locks.runningToGiveBack(handle, byToken.keySet());
        Instant now = Locks.now(handle);
        Map<JobToken, LiveJob> running = new HashMap<>();
        Map<JobId, LiveJob> jobs = new HashMap<>();
        List<LiveJob> mayFail = new ArrayList<>();
        for (LiveJob job : locked) {
            FinishRequest request = job.token == null ? null : byToken.get(job.token);
            if (request != null) {
                running.put(request.token(), job);
                jobs.put(job.id, job);
                if (request.outcome() instanceof JobOutcome.Failed) {
                    mayFail.add(job);
                }
            }
        }
        Step step = new Step(now, Dependents.lock(handle, mayFail, mayFail, jobs, now));
        Map<JobToken, TokenAnswer> answers = new HashMap<>();
        for (FinishRequest request : requests) {
            LiveJob job = running.get(request.token());
            if (job != null) {
                apply(step, job, request);
                answers.put(request.token(), TokenAnswer.DONE);
            }
        }
        StepWriter.write(handle, step, own);
        changes.add(step.changes());
        answerPast(handle, requests, answers);
        return answers;
    }

    private static void apply(Step step, LiveJob job, FinishRequest request) {
        if (request.outcome() instanceof JobOutcome.Failed failed) {
            step.fail(job, Attempt.End.FAILED, failed.error(), failed.result().orElse(null), request.jitter());
        } else if (request.outcome() instanceof JobOutcome.Released released) {
            step.putBack(job, Attempt.End.RELEASED, null, released.delay());
        } else {
            throw new IllegalStateException("a success goes another way");
        }
    }

    private static void answerPast(Handle handle, List<FinishRequest> requests, Map<JobToken, TokenAnswer> answers) {
        List<JobToken> rest = requests.stream()
                .map(FinishRequest::token)
                .filter(token -> !answers.containsKey(token))
                .toList();
        if (rest.isEmpty()) {
            return;
        }
        Map<JobToken, PastTokens.Past> past = PastTokens.find(handle, rest);
        for (FinishRequest request : requests) {
            PastTokens.Past known = past.get(request.token());
            if (known != null) {
                answers.put(request.token(), known.answerToFinish(StoreRules.endOf(request.outcome())));
            }
        }
    }

    /** The finish, then its follow-ups; if they are refused, neither (FIN-7). */
    private Answer<TokenAnswer> finishWithFollowUps(Handle handle, FinishRequest request, ChangeLog changes) {
        Savepoint savepoint = savepoint(handle);
        ChangeLog mine = new ChangeLog();
        List<Answer<TokenAnswer>> answers = new ArrayList<>(1);
        finishPart(
                handle,
                new ArrayList<>(
                        List.of(new FinishRequest(request.token(), request.outcome(), request.jitter(), List.of()))),
                answers,
                mine);
        if (!mine.any()) {
            // Refused, or a finish that is repeated, which enqueues nothing.
            return answers.get(0);
        }
        Receipt<Answer<List<Enqueued>>> followUps = inserts.insertHere(handle, List.of(request.followUps()));
        if (followUps.items().get(0) instanceof Answer.Refused<List<Enqueued>> refused) {
            rollback(handle, savepoint);
            return refused.cast();
        }
        mine.add(followUps.changes());
        changes.add(mine.changes());
        return answers.get(0);
    }

    private static Savepoint savepoint(Handle handle) {
        try {
            return handle.getConnection().setSavepoint();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void rollback(Handle handle, Savepoint savepoint) {
        try {
            handle.getConnection().rollback(savepoint);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
