package dev.jobqueue.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.contract.Fault;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One load on the stores of a fixture, from its start to the check of its history.
 *
 * <p>A shared store is opened twice. Used by one thread.
 */
final class HistoryRun implements AutoCloseable {
    /** What happens in the middle of the load. */
    @FunctionalInterface
    interface Middle {
        void happen(HistoryRun run) throws Exception;
    }

    private final StoreFixture fixture;
    private final Recorder recorder = new Recorder("parent", Recorder.Journal.NONE);
    private final List<JobStore> stores = new ArrayList<>();
    private final List<QueueRef> queues = new ArrayList<>();
    private final List<Operation> elsewhere = new ArrayList<>();
    private final Load load;
    private Fault.Action atTheEnd = () -> {};

    HistoryRun(StoreFixture fixture, long seed) throws Exception {
        this.fixture = fixture;
        int count = fixture.capabilities().contains(Capability.SHARED) ? 2 : 1;
        for (int i = 0; i < count; i++) {
            stores.add(fixture.open(StoreClock.system()));
            queues.add(new QueueRef(Load.queue(stores.get(i), recorder)));
        }
        load = new Load(recorder, queues, seed, fixture.soon());
    }

    /**
     * Runs the load, and what happens in the middle, until every job has ended or too much time has passed.
     *
     * @return what is wrong
     */
    List<Violation> run(int size, Middle middle) throws Exception {
        load.startAll(size);
        Optional<Throwable> failure;
        try {
            middle.happen(this);
            drain();
        } finally {
            failure = load.stop(fixture.soon());
        }
        atTheEnd.run();
        List<Operation> history = new ArrayList<>(load.operations());
        history.addAll(elsewhere);
        List<Violation> violations = HistoryCheck.violations(history, states(history), fixture.soon());
        // A thread fails when the store is wrong, and what is wrong says more than the failure.
        if (violations.isEmpty() && failure.isPresent()) {
            throw new AssertionError("a thread of the load failed", failure.get());
        }
        return violations;
    }

    /** Waits until so much was enqueued, in a hundred parts, or nothing more comes. */
    void awaitProduced(int percent) {
        await(() -> load.produced(percent) || load.producersEnded());
    }

    /** What to do when every job has ended, before the history is checked. */
    void beforeTheCheck(Fault.Action action) {
        atTheEnd = action;
    }

    /** The calls of another process. */
    void add(List<Operation> operations) {
        elsewhere.addAll(operations);
    }

    /** Closes the store or kills it, and opens it again, while the threads go on. */
    void reopen(boolean kill) throws Exception {
        JobQueue old = queues.get(0).get();
        if (kill) {
            fixture.kill(stores.get(0));
        }
        old.close();
        stores.set(0, fixture.open(StoreClock.system()));
        queues.get(0).set(Load.queue(stores.get(0), recorder));
    }

    /** Waits until all is produced and then until no job is unfinished. If that does not come, the check says what is left. */
    private void drain() {
        await(load::producersEnded);
        load.beQuiet();
        await(() -> queues.get(0).get().counts().isEmpty());
    }

    /** A little longer than a waiter may go on waiting, so that one who does is seen. */
    private void await(BooleanSupplier condition) {
        try {
            Awaitility.await()
                    .atMost(fixture.soon().multipliedBy(3).dividedBy(2))
                    .pollInterval(Duration.ofMillis(10))
                    .ignoreExceptionsInstanceOf(JobQueueException.class)
                    .until(condition::getAsBoolean);
        } catch (ConditionTimeoutException e) {
            // The check finds what is missing.
        }
    }

    private Map<JobId, JobState> states(List<Operation> history) {
        Set<JobId> ids = new LinkedHashSet<>();
        for (Operation operation : history) {
            if (operation.call() instanceof Call.Enqueue enqueue) {
                enqueue.jobs().forEach(j -> ids.add(j.id()));
            }
        }
        List<JobId> all = List.copyOf(ids);
        JobStore store = stores.get(0);
        int batch = store.traits().maxBatch();
        Map<JobId, JobState> states = new HashMap<>();
        for (int i = 0; i < all.size(); i += batch) {
            for (Optional<StoredJob> job : store.find(all.subList(i, Math.min(all.size(), i + batch)), Set.of())) {
                job.ifPresent(j -> states.put(j.status().id(), j.status().state()));
            }
        }
        return states;
    }

    /** Fails with all that is wrong. */
    static void assertNone(List<Violation> violations, long seed) {
        List<String> texts =
                violations.stream().limit(10).map(Violation::toString).toList();
        assertThat(texts)
                .as("what is wrong in the history of seed %d: %d violations, of which these", seed, violations.size())
                .isEmpty();
    }

    @Override
    public void close() {
        queues.forEach(q -> q.get().close());
    }
}
