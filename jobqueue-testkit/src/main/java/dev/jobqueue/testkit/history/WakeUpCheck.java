package dev.jobqueue.testkit.history;

import dev.jobqueue.Dependency;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Nobody goes on waiting while there is a job for him, or when the job that he waits for has ended.
 *
 * <p>Looks at the first attempt of jobs without a delay, once their dependencies have ended, and at the attempt after a release. A waiter counts if he
 * began to wait before that and was still waiting, with the job still free, when the time was over.
 */
final class WakeUpCheck {
    private final Index index;
    private final long bound;
    private final List<Violation> found;

    WakeUpCheck(Index index, Duration bound, List<Violation> found) {
        this.index = index;
        this.bound = bound.toNanos();
        this.found = found;
    }

    void check() {
        for (Life life : index.lives()) {
            life.stored().ifPresent(stored -> check(life, stored, readyBy(life), 1));
            for (Run run : life.runs) {
                run.surely(Call.Ending.RELEASE)
                        .findFirst()
                        .ifPresent(release -> check(life, release, release.returned(), run.number + 1));
            }
        }
        index.awaits.forEach(this::checkAwait);
    }

    private void checkAwait(Operation await) {
        Call.Await call = (Call.Await) await.call();
        index.life(call.id()).ifPresent(life -> {
            long ended = Ends.endedBy(life);
            if (!await.unknown() && await.invoked() < ended && await.ended() - bound > ended) {
                List<Operation> shown = new ArrayList<>(List.of(await));
                life.runs.forEach(r -> shown.addAll(r.finishes));
                found.add(new Violation(Rules.QRY_6, "not woken by the end of " + Names.of(life.id), shown));
            }
        });
    }

    /** The job was ready for its first attempt by this time, for certain. */
    private long readyBy(Life life) {
        if (life.entry.delayed()) {
            return Operation.NEVER;
        }
        long ready = life.storedBy();
        for (Dependency dependency : life.entry.dependencies()) {
            boolean required = Ends.required(life.entry.dependencies(), dependency.id());
            long ended = index.life(dependency.id())
                    .map(d -> required ? Ends.succeededBy(d) : Ends.endedBy(d))
                    .orElse(Operation.NEVER);
            ready = Math.max(ready, ended);
        }
        return ready;
    }

    private void check(Life life, Operation cause, long ready, int attempt) {
        if (ready == Operation.NEVER) {
            return;
        }
        long late = ready + bound;
        Optional<Run> next = life.runs.stream().filter(r -> r.number == attempt).findFirst();
        boolean free = next.map(r -> r.by() > late).orElseGet(() -> nobodyHas(life, late, attempt));
        if (!free || life.perhapsCanceled().anyMatch(c -> c.invoked() <= late)) {
            return;
        }
        index.waits.stream()
                .filter(w -> ((Call.Wait) w.call()).types().contains(life.entry.type()))
                .filter(w -> !w.unknown() && w.invoked() < ready && w.ended() > late)
                .findFirst()
                .ifPresent(w -> found.add(new Violation(
                        Rules.DEQ_5,
                        "not woken for " + Names.of(life.id),
                        next.isPresent() ? List.of(cause, w, next.get().claim) : List.of(cause, w))));
    }

    /** Whether it is certain that no attempt with this number or a later one had begun by then. */
    private boolean nobodyHas(Life life, long late, int attempt) {
        return life.runs.stream().noneMatch(r -> r.number >= attempt)
                && index.unknownClaims(life.entry.type()).stream().noneMatch(c -> c.invoked() <= late)
                && life.expires.isEmpty();
    }
}
