package dev.jobqueue.testkit.broken;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jobqueue.testkit.contract.Level;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** One run of the contract against one store class. */
final class ContractRun implements TestExecutionListener {
    /** A test of the contract. */
    record Test(String area, String method, String displayName) {}

    private static final List<String> COSTLY = List.of(Level.STOCHASTIC, Level.SCALE);

    private final Map<Test, TestExecutionResult> results = new ConcurrentHashMap<>();

    private ContractRun() {}

    /** Runs all tests, or all but those that use chance or many jobs; many at a time. */
    static ContractRun of(Class<?> store, boolean all) {
        return of(store, all, true);
    }

    /** As {@link #of}, one test after the other: a test that watches for what must not come sees more of it when nothing else runs. */
    static ContractRun oneByOne(Class<?> store, boolean all) {
        return of(store, all, false);
    }

    private static ContractRun of(Class<?> store, boolean all, boolean parallel) {
        ContractRun run = new ContractRun();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(SubjectContract.class))
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .filters(all ? TagFilter.includeTags("any() | none()") : TagFilter.excludeTags(COSTLY))
                .configurationParameters(Map.of(
                        SubjectContract.STORE,
                        store.getName(),
                        "junit.jupiter.execution.parallel.enabled",
                        Boolean.toString(parallel),
                        "junit.jupiter.execution.parallel.mode.default",
                        "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy",
                        "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism",
                        "12"))
                .build();
        // Without the listener of the kit, which would write a report of each broken store.
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestExecutionListenerAutoRegistration(false)
                        .build())
                .execute(request, run);
        return run;
    }

    /** The tests that ran, with their outcome; skipped ones are left out. */
    Map<Test, TestExecutionResult> results() {
        return results;
    }

    /** The tests that failed, with the reason. */
    Map<Test, String> failures() {
        Map<Test, String> failures =
                new TreeMap<>(Comparator.comparing(Test::displayName).thenComparing(Test::method));
        results.forEach((test, result) -> {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                failures.put(
                        test, result.getThrowable().map(Throwable::toString).orElse(""));
            }
        });
        return failures;
    }

    @Override
    public void executionFinished(TestIdentifier id, TestExecutionResult result) {
        if (id.isTest()
                && id.getSource().orElse(null) instanceof MethodSource source
                && List.of(TestExecutionResult.Status.SUCCESSFUL, TestExecutionResult.Status.FAILED)
                        .contains(result.getStatus())) {
            results.put(new Test(source.getClassName(), source.getMethodName(), id.getDisplayName()), result);
        }
    }
}
