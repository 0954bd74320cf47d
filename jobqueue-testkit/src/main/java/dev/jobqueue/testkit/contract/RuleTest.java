package dev.jobqueue.testkit.contract;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A test of the contract.
 *
 * @param area as {@code Types}, for a test of {@link TypesContract}
 * @param method the name of its method
 * @param displayName rules, level, and what is shown to hold
 * @param tags those of {@link Level}
 */
public record RuleTest(String area, String method, String displayName, Set<String> tags) {
    private static final List<RuleTest> ALL = Arrays.stream(JobQueueContract.class.getDeclaredClasses())
            .filter(area -> area.isAnnotationPresent(Nested.class))
            .flatMap(area -> Arrays.stream(area.getSuperclass().getDeclaredMethods()))
            .filter(method -> method.isAnnotationPresent(Test.class))
            .map(RuleTest::of)
            .sorted(Comparator.comparing(RuleTest::area).thenComparing(RuleTest::method))
            .toList();

    public RuleTest {
        tags = Set.copyOf(tags);
    }

    /** All tests of the contract, by area and name. */
    public static List<RuleTest> all() {
        return ALL;
    }

    /** The test of this method, which a class of the contract declares. */
    public static RuleTest of(Method method) {
        Class<?> contract = method.getDeclaringClass();
        DisplayName name = method.getAnnotation(DisplayName.class);
        Set<String> tags = Stream.of(contract, method)
                .flatMap(element -> Arrays.stream(element.getAnnotationsByType(Tag.class)))
                .map(Tag::value)
                .collect(Collectors.toSet());
        return new RuleTest(
                contract.getSimpleName().replace("Contract", ""),
                method.getName(),
                name == null ? "" : name.value(),
                tags);
    }

    /** The rules that it shows to hold. */
    public List<Rules> rules() {
        return Rules.of(displayName);
    }

    /** As its display name has it: {@code must} or {@code optional}, then {@code stochastic} and {@code scale} where they apply. */
    public String level() {
        return Level.of(tags);
    }

    /** Whether it has this tag. */
    public boolean has(String tag) {
        return tags.contains(tag);
    }

    @Override
    public String toString() {
        return area + "." + method;
    }
}
