package dev.jobqueue.testkit.history;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import java.util.List;
import java.util.stream.Collectors;

/** Calls and answers in few words. Only the ends of ids and the starts of tokens are shown: enough to tell those of one run apart. */
final class Names {
    private static final int SHOWN = 8;

    private Names() {}

    static String of(JobId id) {
        String text = id.toString();
        return "job " + text.substring(text.length() - SHOWN);
    }

    static String of(JobToken token) {
        return "token " + token.reveal().substring(0, SHOWN);
    }

    static String of(Call call) {
        if (call instanceof Call.Enqueue enqueue) {
            return "enqueue " + enqueue.jobs().stream().map(Names::of).collect(Collectors.joining(", "));
        } else if (call instanceof Call.Claim claim) {
            return "claim " + claim.types() + " with "
                    + claim.tokens().stream().map(Names::of).collect(Collectors.joining(", "));
        } else if (call instanceof Call.Wait wait) {
            return "dequeue " + wait.types();
        } else if (call instanceof Call.Await await) {
            return "await " + of(await.id());
        } else if (call instanceof Call.Finish finish) {
            return "finish " + of(finish.token()) + " with " + finish.ending();
        } else if (call instanceof Call.Heartbeat heartbeat) {
            return "heartbeat " + of(heartbeat.token());
        } else if (call instanceof Call.Cancel cancel) {
            return "cancel " + of(cancel.id());
        }
        return "expire";
    }

    private static String of(Call.Entry entry) {
        String dependencies = entry.dependencies().isEmpty()
                ? ""
                : " after "
                        + entry.dependencies().stream()
                                .map(d -> (d.required() ? "required " : "") + of(d.id()))
                                .collect(Collectors.joining(" and "));
        String priority = entry.priority() == 0 ? "" : " priority " + entry.priority();
        return entry.type() + " " + of(entry.id()) + priority + dependencies;
    }

    static String of(Reply reply) {
        if (reply instanceof Reply.Given given) {
            return given.starts().isEmpty()
                    ? "nothing"
                    : given.starts().stream()
                            .map(s -> of(s.id()) + " attempt " + s.attempt() + " " + of(s.token()))
                            .collect(Collectors.joining(", "));
        } else if (reply instanceof Reply.Seen seen) {
            return seen.finished() ? "finished" : "not finished";
        } else if (reply instanceof Reply.Told told) {
            return told.verdict().toString();
        } else if (reply instanceof Reply.Expired expired) {
            return ids(expired.ids());
        } else if (reply instanceof Reply.Canceled canceled) {
            return canceled.now() ? "canceled" : "was canceled already";
        } else if (reply instanceof Reply.Stored) {
            return "stored";
        }
        return "nothing changed";
    }

    private static String ids(List<JobId> ids) {
        return ids.isEmpty() ? "nothing" : ids.stream().map(Names::of).collect(Collectors.joining(", "));
    }
}
