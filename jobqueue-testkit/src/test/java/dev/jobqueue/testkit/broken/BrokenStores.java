package dev.jobqueue.testkit.broken;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** All stores that are broken on purpose. */
final class BrokenStores {
    private static final List<Class<?>> AREAS = List.of(
            BrokenTypes.class,
            BrokenEnqueue.class,
            BrokenDequeue.class,
            BrokenDependencies.class,
            BrokenFinish.class,
            BrokenCancel.class,
            BrokenReading.class,
            BrokenDurability.class,
            BrokenAsOthers.class);

    private BrokenStores() {}

    /** The classes, by the rule that they break. */
    static List<Class<?>> all() {
        List<Class<?>> all = new ArrayList<>();
        for (Class<?> area : AREAS) {
            Arrays.stream(area.getDeclaredClasses())
                    .filter(c -> c.isAnnotationPresent(Breaks.class))
                    .forEach(all::add);
        }
        all.sort(Comparator.comparing(
                        (Class<?> c) -> c.getAnnotation(Breaks.class).value())
                .thenComparing(Class::getSimpleName));
        return all;
    }
}
