package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** Medians of the rounds, one line for each thing measured and one column for each contender, the raw limit first and the queue second. */
final class Table {
    private record Line(double goal, Map<String, List<Double>> values) {}

    private final String title;
    private final List<String> names;
    private final Map<String, Line> lines = new LinkedHashMap<>();

    Table(String title, List<Contender> contenders) {
        this.title = title;
        names = contenders.stream().map(Contender::name).toList();
    }

    /** Adds the figure of a round; without one, the line shows that this contender cannot do it. */
    void add(String line, double goal, Contender contender, OptionalDouble value) {
        List<Double> values = lines.computeIfAbsent(line, key -> new Line(goal, new LinkedHashMap<>()))
                .values()
                .computeIfAbsent(contender.name(), key -> new ArrayList<>());
        value.ifPresent(values::add);
    }

    static String number(OptionalDouble value) {
        return value.isPresent() ? "%,.0f".formatted(value.getAsDouble()) : "-";
    }

    void print() {
        System.out.printf(
                "%n| %s | %s | queue : raw limit | goal | | every round |%n", title, String.join(" | ", names));
        System.out.println("| --- |" + " ---: |".repeat(names.size() + 2) + " --- | --- |");
        lines.forEach((name, line) -> {
            Map<String, OptionalDouble> medians = new LinkedHashMap<>();
            names.forEach(each -> {
                List<Double> values = line.values().getOrDefault(each, List.of());
                medians.put(each, values.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Clock.median(values)));
            });
            System.out.printf(
                    "| %s | %s | %s | %s |%n",
                    name,
                    medians.values().stream().map(Table::number).collect(Collectors.joining(" | ")),
                    verdict(medians, line.goal()),
                    rounds(line));
        });
    }

    private String verdict(Map<String, OptionalDouble> medians, double goal) {
        OptionalDouble raw = medians.getOrDefault("raw limit", OptionalDouble.empty());
        OptionalDouble queue = medians.getOrDefault("queue", OptionalDouble.empty());
        if (raw.isEmpty() || queue.isEmpty()) {
            return "| | ";
        }
        double ratio = queue.getAsDouble() / raw.getAsDouble();
        return goal == 0
                ? "%.2f | |".formatted(ratio)
                : "%.2f | %.2f | %s".formatted(ratio, goal, ratio >= goal ? "reached" : "missed");
    }

    private static String rounds(Line line) {
        return line.values().entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + " "
                        + entry.getValue().stream()
                                .map(value -> "%,.0f".formatted(value))
                                .collect(Collectors.joining(" ")))
                .collect(Collectors.joining("; "));
    }
}
