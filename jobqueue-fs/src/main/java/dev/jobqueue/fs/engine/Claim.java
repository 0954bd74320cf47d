package dev.jobqueue.fs.engine;

import dev.jobqueue.JobToken;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.state.Entry;
import java.util.List;

/** A running job as the writer saw it. */
record Claim(Entry job, JobToken token, int attempt, Ref definition, List<Outcome> dependencies) {
    /** Called by the writer. */
    static Claim of(Entry e, JobToken token) {
        return new Claim(e, token, e.open().attempts(), e.definition(), Outcome.of(e.edges()));
    }
}
