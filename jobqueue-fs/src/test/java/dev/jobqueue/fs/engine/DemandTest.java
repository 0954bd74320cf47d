package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** QRY-4: how long ago a pair was asked for. */
class DemandTest {
    private static final TypeName BUILD = TypeName.parse("build");
    private static final TypeName TEST = TypeName.parse("test");
    private static final TypeChannel PAIR = new TypeChannel(BUILD, "a");

    private final ManualClock clock = new ManualClock();
    private final Demand demand = new Demand(clock);

    private static Selector selector(TypeName type, String... channels) {
        return new Selector(Set.of(type), Set.of(channels));
    }

    @Test
    @DisplayName("the last selector that matches counts, others do not")
    void lastMatch() {
        assertThat(demand.since(PAIR)).isEmpty();
        demand.note(List.of(selector(BUILD, "a"), selector(TEST, "a")));
        assertThat(demand.since(PAIR)).contains(Duration.ZERO);
        clock.advance(Duration.ofMinutes(2));
        demand.note(List.of(selector(BUILD)));
        clock.advance(Duration.ofMinutes(3));
        demand.note(List.of(selector(BUILD, "b"), selector(TEST)));
        assertThat(demand.since(PAIR)).contains(Duration.ofMinutes(3));
        clock.advance(Duration.ofMinutes(1));
        demand.note(List.of(selector(BUILD, "a")));
        assertThat(demand.since(PAIR)).contains(Duration.ZERO);
    }

    @Test
    @DisplayName("a selector is known for an hour, also among many")
    void kept() {
        List<Selector> many = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            many.add(selector(BUILD, "a", "c" + i));
        }
        demand.note(many);
        clock.advance(StoreRules.DEMAND_IS_KEPT);
        demand.note(List.of(selector(TEST)));
        assertThat(demand.since(PAIR)).contains(StoreRules.DEMAND_IS_KEPT);
        clock.advance(Duration.ofNanos(1));
        assertThat(demand.since(PAIR)).isEmpty();
        demand.note(List.of(selector(TEST)));
        assertThat(demand.since(PAIR)).isEmpty();
        assertThat(demand.since(new TypeChannel(TEST, "a"))).contains(Duration.ZERO);
    }
}
