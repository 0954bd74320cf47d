package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A table with one figure in a line: the median of the rounds, and the goal, if there is one. */
final class Lines {
    private record Line(double goal, boolean atLeast, boolean largest, List<Double> values) {
        double value() {
            return largest ? values.stream().max(Double::compare).orElseThrow() : Clock.median(values);
        }

        String verdict() {
            if (goal == 0) {
                return "";
            }
            return (atLeast ? value() >= goal : value() < goal) ? "reached" : "missed";
        }
    }

    private final Map<String, Line> lines = new LinkedHashMap<>();

    private void add(String name, Line line, double value) {
        lines.computeIfAbsent(name, key -> line).values().add(value);
    }

    /** @param goal the value to stay below, 0 for none */
    void add(String name, double goal, double value) {
        add(name, new Line(goal, false, false, new ArrayList<>()), value);
    }

    /** @param goal the value to reach */
    void addAtLeast(String name, double goal, double value) {
        add(name, new Line(goal, true, false, new ArrayList<>()), value);
    }

    /** Shows the largest value in place of the median. */
    void addLargest(String name, double goal, double value) {
        add(name, new Line(goal, false, true, new ArrayList<>()), value);
    }

    private static String number(double value) {
        return (value < 100 ? "%.2f" : "%,.0f").formatted(value);
    }

    void print() {
        System.out.printf("%n| | | goal | | every round |%n| --- | ---: | ---: | --- | --- |%n");
        lines.forEach((name, line) -> System.out.printf(
                "| %s | %s | %s | %s | %s |%n",
                name,
                number(line.value()),
                line.goal() == 0 ? "" : number(line.goal()),
                line.verdict(),
                line.largest()
                        ? line.values().size() + " times, median " + number(Clock.median(line.values()))
                        : line.values().stream().map(Lines::number).collect(Collectors.joining(" "))));
    }
}
