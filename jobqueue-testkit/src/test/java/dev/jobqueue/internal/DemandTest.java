package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.Selector;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** QRY-4: when it is noted what a process asks for. */
class DemandTest {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(30);
    private static final Selector CLAIMED = Selector.of(JobType.raw("claimed"));
    private static final Selector WAITED_FOR = Selector.of(JobType.raw("waited-for"));

    private final Noting store = new Noting();
    private final Demand demand = new Demand(store, () -> List.of(WAITED_FOR), 0);

    private static final class Noting extends DelegatingJobStore {
        private final List<List<Selector>> noted = new ArrayList<>();
        private @Nullable RuntimeException failure;

        Noting() {
            super(new InMemoryJobStore());
        }

        @Override
        public void demand(List<Selector> selectors) {
            noted.add(selectors);
            if (failure != null) {
                throw failure;
            }
        }
    }

    @Test
    @DisplayName(
            "QRY-4: a claim notes its selector and what others wait for, at once and then every half a minute at most")
    void claimsNote() {
        demand.note(CLAIMED, 0);
        demand.note(CLAIMED, INTERVAL - 1);
        assertThat(store.noted).containsExactly(List.of(WAITED_FOR, CLAIMED));
        demand.note(WAITED_FOR, INTERVAL);
        assertThat(store.noted).containsExactly(List.of(WAITED_FOR, CLAIMED), List.of(WAITED_FOR));
    }

    @Test
    @DisplayName("QRY-4: who waits for long notes what is waited for, as rarely")
    void waitersRenew() {
        demand.note(CLAIMED, 0);
        demand.renew(INTERVAL - 1);
        assertThat(store.noted).hasSize(1);
        demand.renew(INTERVAL);
        demand.renew(INTERVAL + 1);
        assertThat(store.noted).containsExactly(List.of(WAITED_FOR, CLAIMED), List.of(WAITED_FOR));
    }

    @Test
    @DisplayName(
            "QRY-4: a store that fails ends a claim, but not a wait, and is not asked again before the time has passed")
    void failuresEndClaims() {
        store.failure = new JobQueueException.StoreUnavailable("planned", null);
        assertThatThrownBy(() -> demand.note(CLAIMED, 0)).isSameAs(store.failure);
        demand.note(CLAIMED, 1);
        demand.renew(INTERVAL);
        demand.renew(INTERVAL + 1);
        assertThat(store.noted).hasSize(2);
    }
}
