package dev.jobqueue.testkit.broken;

import dev.jobqueue.JobId;
import dev.jobqueue.Page;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Never hands out certain jobs: those that wait for ever because their release was forgotten. */
abstract class Forgetting extends DelegatingJobStore {
    private final Set<JobId> forgotten = ConcurrentHashMap.newKeySet();

    Forgetting(JobStore store) {
        super(store);
    }

    final void forget(JobId id) {
        forgotten.add(id);
    }

    /** Forgets all who depend on this job directly. */
    final void forgetDependents(JobId id) {
        var answer = delegate().dependents(id, Page.Request.first(1_000));
        if (answer instanceof Answer.Accepted<Page<JobId>> page) {
            forgotten.addAll(page.value().items());
        }
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        Claimed claimed = super.claim(request);
        return new Claimed(
                claimed.jobs().stream()
                        .filter(j -> !forgotten.contains(j.job().id()))
                        .toList(),
                claimed.more(),
                claimed.nextDue());
    }
}
