package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Jobs a second: stored, and taken and ended; the contenders in turn, round by round. */
final class Rates {
    /**
     * So many threads with so many jobs in a call.
     *
     * @param enqueueGoal the part of the raw limit to reach, 0 for none
     */
    private record Shape(int threads, int batch, double enqueueGoal, double drainGoal) {
        String name() {
            return (batch == 1 ? "one by one" : "batches of " + batch) + ", threads: " + threads;
        }
    }

    private static final List<Shape> SHAPES = List.of(
            new Shape(1, 1, 0.9, 0.9),
            new Shape(8, 1, 0, 0),
            new Shape(32, 1, 1.5, 3),
            new Shape(1, 100, 0.7, 0.7),
            new Shape(8, 100, 0.7, 0.7),
            new Shape(32, 100, 0.7, 0.7));

    private final List<Contender> contenders;
    private final Condition condition;
    private final Snapshot snapshot;
    private final int rounds;
    private final double seconds;

    Rates(List<Contender> contenders, Condition condition, Snapshot snapshot, int rounds, double seconds) {
        this.contenders = contenders;
        this.condition = condition;
        this.snapshot = snapshot;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Measures what the option asks for, by number of threads, or "100" for batches. */
    void measure(List<String> only) throws Exception {
        System.out.printf("%nRates, with %s%n%n", condition.text());
        List<Contender> able = new ArrayList<>();
        for (Contender contender : contenders) {
            if (contender.create(condition)) {
                able.add(contender);
            }
        }
        Table table = new Table("jobs a second", contenders);
        // Round 0 warms up.
        for (int round = 0; round <= rounds; round++) {
            for (Shape shape : SHAPES) {
                if (only.contains(String.valueOf(shape.threads()))
                        && only.contains(shape.batch() == 1 ? "single" : "batch")) {
                    measure(shape, round, able, table);
                }
            }
        }
        table.print();
    }

    private void measure(Shape shape, int round, List<Contender> able, Table table) throws Exception {
        Map<String, String> shown = new LinkedHashMap<>();
        for (Contender contender : able) {
            if (condition == Condition.PLAIN || condition == Condition.SNAPSHOT) {
                contender.create(condition);
            }
            System.gc();
            double enqueue;
            OptionalDouble drain;
            AutoCloseable held = snapshot.open(condition);
            try {
                List<Clock.Step> steps = new ArrayList<>();
                for (int i = 0; i < shape.threads(); i++) {
                    steps.add(contender.enqueuer(shape.batch()));
                }
                enqueue = Clock.rate(shape.threads(), seconds, steps::get);
                drain = contender.drain(shape.threads(), shape.batch(), seconds);
            } finally {
                held.close();
            }
            contender.clean();
            if (round == 0) {
                continue;
            }
            table.add("enqueue, " + shape.name(), shape.enqueueGoal(), contender, OptionalDouble.of(enqueue));
            table.add("dequeue + finish, " + shape.name(), shape.drainGoal(), contender, drain);
            shown.put(contender.name(), "%,.0f %s".formatted(enqueue, Table.number(drain)));
        }
        if (round > 0) {
            System.out.printf("round %d, %s: %s%n", round, shape.name(), shown);
        }
    }
}
