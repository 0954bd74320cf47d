package dev.jobqueue.testkit.conformance;

import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.RuleTest;
import dev.jobqueue.testkit.history.HistoryContract;
import dev.jobqueue.testkit.model.JobStoreModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes a {@link ConformanceReport} of each store whose contract, model suite or histories were run. JUnit finds and calls it; other tests do not concern it.
 *
 * <p>The reports go to the directory that the JUnit configuration parameter {@value #DIRECTORY} names, which may be a system property;
 * {@code target/conformance} by default. Thread-safe.
 */
public final class ConformanceListener implements TestExecutionListener {
    /** The configuration parameter that names the directory of the reports. */
    public static final String DIRECTORY = "jobqueue.conformance.directory";

    private static final List<Class<?>> SUITES =
            List.of(JobQueueContract.class, JobStoreModel.class, HistoryContract.class);
    private static final int LONGEST_MESSAGE = 4_000;

    private final Map<String, StoreRun> stores = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private volatile Optional<TestPlan> plan = Optional.empty();

    /** For JUnit. */
    public ConformanceListener() {}

    @Override
    public void testPlanExecutionStarted(TestPlan testPlan) {
        plan = Optional.of(testPlan);
    }

    @Override
    public void testPlanExecutionFinished(TestPlan testPlan) {
        Path directory =
                Path.of(testPlan.getConfigurationParameters().get(DIRECTORY).orElse("target/conformance"));
        stores.forEach((store, run) -> {
            try {
                if (changed.remove(store)) {
                    run.report().writeTo(directory);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the conformance report of " + store, e);
            }
        });
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        add(test, Outcome.SKIPPED, reason);
        // The tests below a class that is skipped are not told of.
        plan.ifPresent(p -> p.getDescendants(test).forEach(below -> add(below, Outcome.SKIPPED, reason)));
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Outcome outcome = switch (result.getStatus()) {
            case SUCCESSFUL -> Outcome.PASSED;
            case FAILED -> Outcome.FAILED;
            case ABORTED -> Outcome.SKIPPED;
        };
        add(
                test,
                outcome,
                outcome == Outcome.PASSED
                        ? ""
                        : result.getThrowable().map(t -> message(t, outcome)).orElse(""));
    }

    private static String message(Throwable thrown, Outcome outcome) {
        String message = String.valueOf(outcome == Outcome.SKIPPED ? thrown.getMessage() : thrown);
        message = message.replace("Assumption failed: ", "");
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + " ...";
    }

    @Override
    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
        String declared = entry.getKeyValuePairs().get(JobQueueContract.DECLARED);
        if (declared != null) {
            run(test).ifPresent(run -> run.declared(declared));
        }
    }

    private void add(TestIdentifier test, Outcome outcome, String message) {
        if (!test.isTest() || !(test.getSource().orElse(null) instanceof MethodSource source)) {
            return;
        }
        Method method = source.getJavaMethod();
        if (JobStoreModel.class.isAssignableFrom(method.getDeclaringClass())) {
            run(test).ifPresent(run -> run.addModel(outcome, message));
        } else if (HistoryContract.class.isAssignableFrom(method.getDeclaringClass())) {
            run(test).ifPresent(run -> run.addHistory(outcome, message));
        } else if (RuleTest.all().contains(RuleTest.of(method))) {
            run(test).ifPresent(run -> run.add(RuleTest.of(method), outcome, message));
        }
    }

    /** What is known of the store of this test, if it belongs to a class with the whole contract, the model suite or the histories. */
    private Optional<StoreRun> run(TestIdentifier test) {
        Optional<Class<?>> suite = Optional.empty();
        for (Optional<TestIdentifier> at = Optional.of(test); at.isPresent(); at = parent(at.get())) {
            if (at.get().getSource().orElse(null) instanceof ClassSource source
                    && SUITES.stream().anyMatch(s -> s.isAssignableFrom(source.getJavaClass()))) {
                suite = Optional.of(source.getJavaClass());
            }
        }
        return suite.map(ConformanceListener::storeName).map(store -> {
            changed.add(store);
            return stores.computeIfAbsent(store, StoreRun::new);
        });
    }

    private Optional<TestIdentifier> parent(TestIdentifier test) {
        return plan.flatMap(p -> p.getParent(test));
    }

    private static String storeName(Class<?> suite) {
        StoreName name = suite.getAnnotation(StoreName.class);
        return name != null
                ? name.value()
                : suite.getSimpleName()
                        .replaceAll(
                                "(JobStore|Store)?(Contract|Conformance|Model|History)?(Test|Tests|Properties)?$", "")
                        .toLowerCase(Locale.ROOT);
    }
}
