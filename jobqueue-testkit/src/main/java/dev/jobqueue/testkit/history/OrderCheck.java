package dev.jobqueue.testkit.history;

import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One consumer gets jobs by priority and then in the order in which they were enqueued.
 *
 * <p>Looks at the types whose claims never overlap. A job should have come before another one if it was ready before the claim was sent and was still
 * not given to anybody when the claim had returned.
 */
final class OrderCheck {
    private final Index index;
    private final List<Violation> found;

    OrderCheck(Index index, List<Violation> found) {
        this.index = index;
        this.found = found;
    }

    void check() {
        Map<String, List<Life>> byType = new LinkedHashMap<>();
        index.lives()
                .forEach(l -> byType.computeIfAbsent(l.entry.type(), t -> new ArrayList<>())
                        .add(l));
        byType.forEach((type, lives) -> {
            List<Operation> claims =
                    index.claims.stream().filter(c -> Index.asksFor(c, type)).toList();
            if (oneByOne(claims)) {
                List<Life> plain = lives.stream().filter(OrderCheck::plain).toList();
                claims.forEach(claim -> check(type, claim, plain));
            }
        });
    }

    private static boolean oneByOne(List<Operation> claims) {
        for (int i = 1; i < claims.size(); i++) {
            if (claims.get(i - 1).ended() >= claims.get(i).invoked()) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is known when the job was ready for its first attempt, and that nobody else had it before that. */
    private static boolean plain(Life life) {
        return !life.entry.delayed()
                && life.entry.dependencies().isEmpty()
                && !life.runs.isEmpty()
                && life.runs.get(0).number == 1;
    }

    private void check(String type, Operation claim, List<Life> plain) {
        List<Reply.Start> starts = Index.starts(claim);
        for (int i = 0; i < starts.size(); i++) {
            Life given = index.life(starts.get(i).id()).orElse(null);
            // What a token held before comes first (DEQ-13).
            if (given == null
                    || !given.entry.type().equals(type)
                    || index.firstSent(starts.get(i).token()) < claim.invoked()) {
                continue;
            }
            List<Reply.Start> after = starts.subList(i + 1, starts.size());
            plain.stream()
                    .filter(l -> comesBefore(l, given) && waited(type, l, claim, after))
                    .findFirst()
                    .ifPresent(l -> found.add(new Violation(
                            Rules.DEQ_1,
                            Names.of(given.id) + " was given before " + Names.of(l.id),
                            List.of(l.stored().orElseThrow(), given.enqueues.get(0), claim, l.runs.get(0).claim))));
        }
    }

    /** Whether this job was there and free all the time from before the claim to its end. */
    private boolean waited(String type, Life life, Operation claim, List<Reply.Start> after) {
        Run first = life.runs.get(0);
        boolean later = first.from > claim.ended()
                || (first.from == claim.invoked()
                        && after.stream().anyMatch(s -> s.token().equals(first.token)));
        // A claim whose outcome is unknown did not take the job, which has its first attempt now, but may have locked
        // it for a while.
        return later
                && life.storedBy() < claim.invoked()
                && life.perhapsCanceled().noneMatch(c -> c.invoked() < claim.ended())
                && index.failedClaims(type).stream()
                        .noneMatch(u -> u.invoked() < claim.ended() && life.storedFrom() < u.ended());
    }

    private static boolean comesBefore(Life one, Life other) {
        if (one.entry.priority() != other.entry.priority()) {
            return one.entry.priority() > other.entry.priority();
        }
        return one.storedBy() < other.storedFrom() || listedBefore(one, other);
    }

    private static boolean listedBefore(Life one, Life other) {
        if (one == other || !one.enqueues.equals(other.enqueues)) {
            return false;
        }
        Call.Enqueue enqueue = (Call.Enqueue) one.enqueues.get(0).call();
        return enqueue.jobs().indexOf(one.entry) < enqueue.jobs().indexOf(other.entry);
    }
}
