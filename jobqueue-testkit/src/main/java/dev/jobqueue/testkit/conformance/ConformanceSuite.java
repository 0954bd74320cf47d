package dev.jobqueue.testkit.conformance;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.spi.Traits.Capability;
import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.StoreFixture;
import dev.jobqueue.testkit.history.HistoryContract;
import dev.jobqueue.testkit.model.JobStoreModel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import net.jqwik.api.Group;
import org.junit.jupiter.api.Nested;

/**
 * The whole kit in one class: the contract, the model suite and the histories. All that the author of a store writes:
 *
 * <pre>{@code
 * class MyStoreTest extends ConformanceSuite {
 *     @Override
 *     protected StoreFixture newFixture() throws IOException {
 *         return StoreFixture.inDirectory(Set.of(Capability.DURABLE), MyStore::open);
 *     }
 * }
 * }</pre>
 *
 * <p>Running it writes a {@link ConformanceReport} into {@code target/conformance}; see {@link StoreName} for its name and {@link ConformanceListener} for its
 * place.
 */
public abstract class ConformanceSuite extends JobQueueContract {
    @Nested
    class History extends HistoryContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return ConformanceSuite.this.newFixture();
        }
    }

    /** The model suite on stores of the fixture; run by jqwik. */
    @Group
    class Model extends JobStoreModel {
        private final Map<JobStore, StoreFixture> fixtures = new ConcurrentHashMap<>();

        @Override
        protected JobStore openStore(StoreClock clock) throws Exception {
            StoreFixture fixture = newFixture();
            JobStore store = fixture.open(clock);
            fixtures.put(store, fixture);
            return store;
        }

        @Override
        protected Optional<JobStore> reopen(JobStore store, StoreClock clock) throws Exception {
            StoreFixture fixture = requireNonNull(fixtures.get(store));
            if (!fixture.capabilities().contains(Capability.DURABLE)) {
                return Optional.empty();
            }
            fixtures.remove(store);
            store.close();
            JobStore again = fixture.open(clock);
            fixtures.put(again, fixture);
            return Optional.of(again);
        }

        @Override
        protected void discard(JobStore store) throws Exception {
            store.close();
            requireNonNull(fixtures.remove(store)).close();
        }
    }
}
