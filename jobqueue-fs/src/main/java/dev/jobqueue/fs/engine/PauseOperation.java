package dev.jobqueue.fs.engine;

import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.fs.event.EventWriter;
import dev.jobqueue.fs.state.Pair;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.Receipt;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Pauses or resumes a scope (QRY-3). */
final class PauseOperation extends Operation {
    private final PauseScope scope;
    private final boolean pause;
    private Changes changes = Changes.NONE;

    private PauseOperation(PauseScope scope, boolean pause) {
        this.scope = scope;
        this.pause = pause;
    }

    /** Runs in the caller. */
    static void pause(Writer writer, PauseScope scope) {
        writer.call(new PauseOperation(scope, true));
    }

    /** Runs in the caller. */
    static Receipt<PauseScope> resume(Writer writer, PauseScope scope) {
        PauseOperation operation = new PauseOperation(scope, false);
        writer.call(operation);
        return new Receipt<>(List.of(), operation.changes);
    }

    @Override
    long bound(Core core) {
        return 100 + 6 * 255;
    }

    @Override
    void execute(Core core) {
        boolean paused = core.index.paused().contains(scope);
        if (pause) {
            if (!paused) {
                EventWriter.pause(core.journal.out(), scope);
                core.transitions.pause(scope);
            }
            return;
        }
        if (paused) {
            EventWriter.resume(core.journal.out(), scope);
            core.transitions.resume(scope);
        }
        Map<TypeChannel, Integer> ready = new HashMap<>();
        for (Pair pair : core.index.pairs()) {
            int count = pair.count(JobState.READY);
            if (count > 0 && scope.covers(pair.key) && !core.index.isPaused(pair)) {
                ready.put(pair.key, count);
            }
        }
        changes = new Changes(ready, Set.of(), List.of(), false);
    }
}
