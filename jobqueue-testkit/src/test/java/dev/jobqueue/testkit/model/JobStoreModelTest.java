package dev.jobqueue.testkit.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The model suite finds stores that are broken on purpose, and shrinks the programs that show it. */
class JobStoreModelTest {
    private static final long SEED = 20_261_122;
    private static final int PROGRAMS = 1_000;

    /** Operations of a program that a person reads at a glance; none of the stores needs more. */
    private static final int SHORT = 6;

    @TestFactory
    @DisplayName("A broken store is found by a short program")
    Stream<DynamicTest> brokenStoreIsFoundByAShortProgram() {
        return Stream.of(
                broken("oldest first, whatever the priority", BrokenStores::withoutPriority),
                broken("failed jobs do not fail those that require them", BrokenStores::withoutCascade),
                broken("a refused graph leaves its first jobs", BrokenStores::withoutAtomicGraphs),
                broken("a stale token ends the next attempt", BrokenStores::withStaleTokens),
                broken("a repeated claim does not find its job", BrokenStores::withoutRepeatedClaims),
                broken("a repeated finish is LOST", BrokenStores::withoutRepeatedFinishes),
                broken("follow-ups are lost", BrokenStores::withoutFollowUps),
                broken("lost workers are not noticed", BrokenStores::withoutExpiry),
                broken("heartbeats are not noted", BrokenStores::withoutHeartbeats),
                broken("ages follow the wall clock", BrokenStores::withWallClockAges),
                broken("cancelGraph cancels one job", BrokenStores::withoutGraphCancel),
                broken("a pause does not stop claims by id", BrokenStores::withoutPausedIds),
                broken("a resume ends all pauses", BrokenStores::withOneResumeForAll),
                broken("inserts wake nobody", BrokenStores::withoutChanges),
                broken("pages lose an item", BrokenStores::withLossyPages),
                broken("prune takes what is younger", BrokenStores::withEagerPrune));
    }

    private static DynamicTest broken(String name, Function<StoreClock, JobStore> open) {
        return DynamicTest.dynamicTest(name, () -> {
            Optional<ModelCheck.Failure> failure = ModelCheck.firstFailure(new Model(open), SEED, PROGRAMS);

            assertThat(failure).isPresent();
            String message = String.valueOf(failure.get().error().getMessage());
            assertThat(failure.get().program().operations()).as(message).hasSizeLessThanOrEqualTo(SHORT);
            assertThat(message).contains(failure.get().program().toString());
        });
    }

    @Test
    @DisplayName("A store that loses its pauses at a restart is found")
    void storeThatLosesStateAtReopenIsFound() {
        JobStoreModel model = new Model(InMemoryJobStore::new) {
            @Override
            protected Optional<JobStore> reopen(JobStore store, StoreClock clock) {
                JobStore reopened = ((InMemoryJobStore) store).reopen();
                reopened.paused().forEach(reopened::resume);
                return Optional.of(reopened);
            }
        };

        Optional<ModelCheck.Failure> failure = ModelCheck.firstFailure(model, SEED, PROGRAMS);

        assertThat(failure).isPresent();
        assertThat(failure.get().program().operations()).hasSize(2);
    }

    @Test
    @DisplayName("An exception of the store under test names the operation")
    void exceptionOfTheStoreNamesTheOperation() {
        JobStoreModel model = new Model(clock -> new DelegatingJobStore(new InMemoryJobStore(clock)) {
            @Override
            public int prune(Duration limit, int max) {
                throw new IllegalStateException("disk on fire");
            }
        });

        Optional<ModelCheck.Failure> failure = ModelCheck.firstFailure(model, SEED, PROGRAMS);

        assertThat(failure).isPresent();
        assertThat(failure.get().error()).hasMessageContaining("disk on fire").hasMessageContaining("Prune");
        assertThat(failure.get().program().operations()).hasSize(1);
    }

    @Test
    @DisplayName("A store without restarts runs the same programs, and each store is discarded")
    void eachStoreIsDiscarded() {
        int[] open = {0};
        JobStoreModel model = new Model(InMemoryJobStore::new) {
            @Override
            protected JobStore openStore(StoreClock clock) {
                open[0]++;
                return super.openStore(clock);
            }

            @Override
            protected void discard(JobStore store) throws Exception {
                open[0]--;
                super.discard(store);
            }
        };

        assertThat(ModelCheck.firstFailure(model, SEED, 50)).isEmpty();

        assertThat(open[0]).isZero();
    }

    private static class Model extends JobStoreModel {
        private final Function<StoreClock, JobStore> open;

        Model(Function<StoreClock, JobStore> open) {
            this.open = open;
        }

        @Override
        protected JobStore openStore(StoreClock clock) {
            return open.apply(clock);
        }
    }
}
