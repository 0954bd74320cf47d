package dev.jobqueue.testkit.conformance;

import dev.jobqueue.testkit.contract.RuleTest;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What has been heard so far of the tests of one store. Thread-safe. */
final class StoreRun {
    private static final String MODEL = "JobStoreModel.anyProgramHasTheAnswersOfTheReferenceStore";
    private static final String MODEL_TITLE =
            "Any program of store calls has the answers of the reference store; the failure shows a short one.";

    private static final String HISTORIES = "HistoryContract";
    private static final String HISTORIES_TITLE =
            "Loads of many threads and processes, with faults, have a history that the rules allow; the failure shows the calls that they do not.";

    private final String store;
    private final Map<RuleTest, TestResult> tests = new HashMap<>();
    private List<String> declared = List.of();
    private TestResult model = new TestResult(MODEL, MODEL_TITLE, Outcome.NOT_RUN, "");
    private TestResult histories = new TestResult(HISTORIES, HISTORIES_TITLE, Outcome.NOT_RUN, "");

    StoreRun(String store) {
        this.store = store;
    }

    /** A test of the contract has ended. One that failed in one class stays so, whatever another class of the same store says. */
    synchronized void add(RuleTest test, Outcome outcome, String message) {
        tests.merge(test, new TestResult(test.toString(), test.displayName(), outcome, message), StoreRun::worse);
    }

    /** The model suite has ended; the same holds. */
    synchronized void addModel(Outcome outcome, String message) {
        model = worse(model, new TestResult(MODEL, MODEL_TITLE, outcome, message));
    }

    /** A load has ended; the same holds, and one that was skipped does not hide one that ran. */
    synchronized void addHistory(Outcome outcome, String message) {
        if (outcome != Outcome.SKIPPED || histories.outcome() == Outcome.NOT_RUN) {
            histories = worse(histories, new TestResult(HISTORIES, HISTORIES_TITLE, outcome, message));
        }
    }

    private static TestResult worse(TestResult before, TestResult now) {
        return before.outcome() == Outcome.FAILED ? before : now;
    }

    /** The store has said what it can do, as {@code [DURABLE, SHARED]}. */
    synchronized void declared(String capabilities) {
        declared = Arrays.stream(capabilities.split("[\\[, \\]]+"))
                .filter(capability -> !capability.isEmpty())
                .sorted()
                .toList();
    }

    synchronized ConformanceReport report() {
        List<RuleResult> rules = new ArrayList<>();
        for (Rules rule : Rules.values()) {
            rules.add(
                    RuleResult.of(rule, rule.tests().stream().map(this::result).toList()));
        }
        return new ConformanceReport(store, declared, model, histories, rules);
    }

    private TestResult result(RuleTest test) {
        TestResult result = tests.get(test);
        return result != null ? result : new TestResult(test.toString(), test.displayName(), Outcome.NOT_RUN, "");
    }
}
