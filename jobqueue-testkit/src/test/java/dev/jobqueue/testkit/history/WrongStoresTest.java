package dev.jobqueue.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.contract.InMemoryFixture;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Histories tell stores that are wrong from one that is not; that one is tested by {@link InMemoryHistoryTest}. */
class WrongStoresTest {
    private static final int SIZE = 60;

    @Test
    @DisplayName("FIN-1: a store without a fence")
    void noFence() throws Exception {
        assertCaught(WrongStores.NoFence::new, Rules.FIN_1, "a stale token was accepted");
    }

    @Test
    @DisplayName("DEQ-2: a store that gives a job twice")
    void givesTwice() throws Exception {
        assertCaught(WrongStores.GivesTwice::new, Rules.DEQ_2, "two runs at once");
    }

    @Test
    @DisplayName("ENQ-1: a store that loses one of two enqueues at once")
    void losesEnqueues() throws Exception {
        assertCaught(WrongStores.LosesEnqueues::new, Rules.ENQ_1, "lost: ");
    }

    @Test
    @DisplayName("DEQ-1: a store that gives jobs in any order")
    void orderByChance() throws Exception {
        assertCaught(WrongStores.OrderByChance::new, Rules.DEQ_1, "was given before");
    }

    @Test
    @DisplayName("DEP-1: a store that waits for one of two dependencies")
    void releasesEarly() throws Exception {
        assertCaught(WrongStores.ReleasesEarly::new, Rules.DEP_1, "started before the end of");
    }

    @Test
    @DisplayName("DEQ-5: a store that wakes nobody at times")
    void dropsWakeUps() throws Exception {
        assertCaught(WrongStores.DropsWakeUps::new, Rules.DEQ_5, "not woken for");
    }

    @Test
    @DisplayName("QRY-6: a store that does not tell of the end of a job at times")
    void dropsEnds() throws Exception {
        assertCaught(WrongStores.DropsEnds::new, Rules.QRY_6, "not woken by the end of");
    }

    @Test
    @DisplayName("FIN-1: a store whose heartbeats always go on")
    void beatsForEver() throws Exception {
        assertCaught(WrongStores.BeatsForEver::new, Rules.FIN_1, "a stale token was accepted");
    }

    private static void assertCaught(Function<JobStore, JobStore> wrong, Rules rule, String text) throws Exception {
        try (HistoryRun run = new HistoryRun(new Fixture(wrong), 1)) {
            List<Violation> found = run.run(SIZE, r -> {});
            assertThat(found).anySatisfy(v -> {
                assertThat(v.rule()).isEqualTo(rule);
                assertThat(v.text()).contains(text);
            });
        }
    }

    private static final class Fixture extends InMemoryFixture {
        private final Function<JobStore, JobStore> wrong;

        Fixture(Function<JobStore, JobStore> wrong) {
            this.wrong = wrong;
        }

        @Override
        public JobStore open(StoreClock clock) {
            return wrong.apply(new InMemoryJobStore(clock));
        }

        @Override
        public Duration soon() {
            return Duration.ofMillis(1_500);
        }
    }
}
