package dev.jobqueue.examples.benchmark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Durable enqueues and finishes a second, beside what the disk itself can do. */
final class Throughput {
    /** So many threads that hand over so many jobs at a time, and the part of the raw limit that enqueue shall reach. */
    private record Shape(String name, int threads, int batch, double goal) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape("1", 1, 1, 0.8),
            new Shape("8", 8, 1, 0.7),
            new Shape("64", 64, 1, 0.6),
            new Shape("batch", 1, 1_000, 0.25));

    /** One line of the result: a figure for each round, and the raw limit of the same round. */
    private record Line(String name, double goal, List<Double> queue, List<Double> raw) {
        double ratio() {
            return Clock.median(queue) / Clock.median(raw);
        }
    }

    @Mixin
    private Directory directory = new Directory();

    @Option(
            names = "--seconds",
            defaultValue = "3",
            description = "Length of each measurement, after half a second of warm-up. Default: ${DEFAULT-VALUE}")
    private double seconds;

    @Option(names = "--rounds", defaultValue = "5", description = "Number of rounds. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "1",
            description = "Number of rounds before, which are printed and do not count. Default: ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(
            names = "--only",
            split = ",",
            defaultValue = "1,8,64,batch",
            description = "Which numbers of threads, and batches of 1,000 jobs. Default: ${DEFAULT-VALUE}")
    private Set<String> only = Set.of();

    void measure() throws Exception {
        List<Shape> shapes =
                SHAPES.stream().filter(shape -> only.contains(shape.name())).toList();
        List<Line> lines = new ArrayList<>();
        for (Shape shape : shapes) {
            List<Double> raw = new ArrayList<>();
            String by =
                    (shape.batch() == 1 ? "" : "batches of " + shape.batch() + ", ") + "threads: " + shape.threads();
            lines.add(new Line("enqueue, " + by, shape.goal(), new ArrayList<>(), raw));
            lines.add(new Line("dequeue + finish, " + by, shape.goal() / 2, new ArrayList<>(), raw));
        }
        Path path = directory.path();
        Machine.print(path);
        System.out.printf(
                "%d rounds of %s s, jobs with args of 300 bytes, jobs or records a second%n%n", rounds, seconds);
        try (RawLimit raw = new RawLimit(path)) {
            for (int round = 1 - warmUp; round <= rounds; round++) {
                for (int i = 0; i < shapes.size(); i++) {
                    Shape shape = shapes.get(i);
                    double limit = raw.measure(shape.threads(), shape.batch(), seconds);
                    QueueLoad.Rates rates =
                            QueueLoad.measure(path.resolve("queue"), shape.threads(), shape.batch(), seconds);
                    if (round > 0) {
                        lines.get(2 * i).raw().add(limit);
                        lines.get(2 * i).queue().add(rates.enqueue());
                        lines.get(2 * i + 1).queue().add(rates.dequeueAndFinish());
                    }
                    System.out.printf(
                            "%-7s  %-6s  raw %,11.0f   enqueue %,11.0f   dequeue + finish %,11.0f%n",
                            round > 0 ? "round " + round : "warm-up",
                            shape.name(),
                            limit,
                            rates.enqueue(),
                            rates.dequeueAndFinish());
                }
            }
        }
        print(lines);
    }

    private static void print(List<Line> lines) {
        System.out.printf("%n| | raw limit | queue | ratio | goal | | raw limit, every round | queue, every round |%n");
        System.out.println("| --- | ---: | ---: | ---: | ---: | --- | --- | --- |");
        for (Line line : lines) {
            System.out.printf(
                    "| %s | %,.0f | %,.0f | %.3f | %.3f | %s | %s | %s |%n",
                    line.name(),
                    Clock.median(line.raw()),
                    Clock.median(line.queue()),
                    line.ratio(),
                    line.goal(),
                    line.ratio() >= line.goal() ? "reached" : "missed",
                    rounds(line.raw()),
                    rounds(line.queue()));
        }
        System.out.printf(
                "%nMedians of the rounds; ratio of the medians. Load average at the end: %s%n", Machine.load());
    }

    private static String rounds(List<Double> values) {
        return values.stream().map(value -> "%,.0f".formatted(value)).collect(Collectors.joining(" "));
    }
}
