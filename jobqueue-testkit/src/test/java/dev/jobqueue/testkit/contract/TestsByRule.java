package dev.jobqueue.testkit.contract;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The test methods of the contract by the rules that their display names start with. */
public final class TestsByRule {
    private TestsByRule() {}

    /** The tests of each rule that has any, by class and name. */
    public static Map<Rules, List<Method>> get() {
        Map<Rules, List<Method>> tests = new EnumMap<>(Rules.class);
        for (Method test : all()) {
            Rules.of(displayName(test))
                    .forEach(r ->
                            tests.computeIfAbsent(r, k -> new ArrayList<>()).add(test));
        }
        return tests;
    }

    /** Whether the test of this name uses chance or many jobs, by its own tags or those of its class. */
    public static boolean costly(String method) {
        return all().stream()
                .filter(m -> m.getName().equals(method))
                .flatMap(m -> Stream.of(m, m.getDeclaringClass()))
                .flatMap(e -> Arrays.stream(e.getAnnotationsByType(Tag.class)))
                .anyMatch(t -> t.value().equals(Level.STOCHASTIC) || t.value().equals(Level.SCALE));
    }

    /** How many tests the contract has. */
    public static int count() {
        return all().size();
    }

    /** All tests of the contract. */
    static List<Method> all() {
        List<Method> tests = new ArrayList<>();
        for (Class<?> area : JobQueueContract.class.getDeclaredClasses()) {
            if (area.isAnnotationPresent(Nested.class)) {
                Arrays.stream(area.getSuperclass().getDeclaredMethods())
                        .filter(m -> m.isAnnotationPresent(Test.class))
                        .forEach(tests::add);
            }
        }
        tests.sort(Comparator.comparing((Method m) -> m.getDeclaringClass().getSimpleName())
                .thenComparing(Method::getName));
        return tests;
    }

    static String displayName(Method test) {
        DisplayName name = test.getAnnotation(DisplayName.class);
        return name == null ? "" : name.value();
    }
}
