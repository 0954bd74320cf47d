package dev.jobqueue.testkit.broken;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Level;
import dev.jobqueue.testkit.contract.RuleTest;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract catches each store that is broken on purpose, by the tests of its rule, and tests of other rules do not fail.
 *
 * <p>{@code -Dbroken=Name} looks at the stores whose name contains this only.
 */
class BrokenStoresTest {
    @TestFactory
    @DisplayName("each broken store fails tests of its rule, and of the rules listed beside it only")
    Stream<DynamicTest> eachIsCaught() {
        return stores(false);
    }

    @TestFactory
    @Tag("slow")
    @DisplayName("the same with the tests that use chance and many jobs")
    Stream<DynamicTest> eachIsCaughtByTheWholeContract() {
        return stores(true);
    }

    private static Stream<DynamicTest> stores(boolean all) {
        String only = System.getProperty("broken", "");
        return BrokenStores.all().stream()
                .filter(store -> store.getSimpleName().contains(only))
                .map(store -> DynamicTest.dynamicTest(
                        store.getAnnotation(Breaks.class).value().id() + ", " + store.getSimpleName(),
                        () -> assertCaught(store, all)));
    }

    private static void assertCaught(Class<?> store, boolean all) {
        Breaks breaks = store.getAnnotation(Breaks.class);
        Set<Rules> expected = EnumSet.of(breaks.value(), breaks.also());
        boolean costly = all || costly(breaks.by());
        ContractRun run = ContractRun.of(store, costly);
        List<String> unexpected = new ArrayList<>();
        run.failures().forEach((test, reason) -> {
            if (Rules.of(test.displayName()).stream().noneMatch(expected::contains)) {
                unexpected.add(test.displayName() + "\n    " + reason);
            }
        });
        assertThat(unexpected)
                .as("tests of other rules that fail on " + store.getSimpleName())
                .isEmpty();
        List<String> caught = caught(run, breaks);
        if (missed(caught, breaks)) {
            caught = caught(ContractRun.oneByOne(store, costly), breaks);
        }
        assertThat(missed(caught, breaks))
                .as("tests of " + breaks.value().id() + " that fail on " + store.getSimpleName() + ": " + caught)
                .isFalse();
    }

    /** Whether the test of this name uses chance or many jobs. */
    private static boolean costly(String method) {
        return RuleTest.all().stream()
                .filter(test -> test.method().equals(method))
                .anyMatch(test -> test.has(Level.STOCHASTIC) || test.has(Level.SCALE));
    }

    /** The methods of the tests of the broken rule that failed. */
    private static List<String> caught(ContractRun run, Breaks breaks) {
        return run.failures().keySet().stream()
                .filter(test -> Rules.of(test.displayName()).contains(breaks.value()))
                .map(ContractRun.Test::method)
                .toList();
    }

    private static boolean missed(List<String> caught, Breaks breaks) {
        return breaks.by().isEmpty() ? caught.isEmpty() : !caught.contains(breaks.by());
    }

    /** Not broken. */
    private static final class Plain extends DelegatingJobStore {
        @SuppressWarnings("unused") // by BrokenFixture
        Plain(JobStore store) {
            super(store);
        }
    }

    /** Not broken, and durable. */
    private static final class Durable extends JournaledJobStore {
        @SuppressWarnings("unused") // by BrokenFixture
        Durable(Journal journal, Journal.Clock clock) {
            super(journal, clock);
        }
    }

    /** Not broken, and shared. */
    private static final class Shared extends SharedJobStore {
        @SuppressWarnings("unused") // by BrokenFixture
        Shared(Data data) {
            super(data);
        }
    }

    @Test
    @DisplayName("a store that is not broken passes under the same circumstances, durable, shared or neither")
    void othersPass() {
        assertThat(ContractRun.of(Plain.class, true).failures()).isEmpty();
        ContractRun shared = ContractRun.of(Shared.class, true);
        assertThat(shared.failures()).isEmpty();
        assertThat(shared.results().keySet())
                .extracting(ContractRun.Test::method)
                .contains("openingsShareTheirJobs");
        ContractRun durable = ContractRun.of(Durable.class, true);
        assertThat(durable.failures()).isEmpty();
        assertThat(durable.results())
                .as("no test was skipped but those of shared stores")
                .hasSize((int) RuleTest.all().stream()
                        .filter(test -> !test.area().equals("Shared"))
                        .count());
    }
}
