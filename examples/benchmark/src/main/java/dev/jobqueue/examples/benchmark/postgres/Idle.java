package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Milliseconds from the call that stores a job to the moment when somebody who waited for one has it, in an idle queue. */
final class Idle {
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int WARM_UP = 20;

    private final List<Contender> contenders;
    private final Condition condition;
    private final String url;
    private final int rounds;
    private final int samples;

    Idle(List<Contender> contenders, Condition condition, String url, int rounds, int samples) {
        this.contenders = contenders;
        this.condition = condition;
        this.url = url;
        this.rounds = rounds;
        this.samples = samples;
    }

    /** Times of the rounds of one line of the table. */
    private record Line(double goalP50, double goalP99, List<Double> all, List<Double> medians) {}

    void measure() throws Exception {
        System.out.printf("%nIdle, with %s%n%n", condition.text());
        Map<String, Line> lines = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            if (!contender.create(condition)) {
                continue;
            }
            lines.put(contender.name() + ", one process", new Line(2, 10, new ArrayList<>(), new ArrayList<>()));
            lines.put(contender.name() + ", two processes", new Line(0, 50, new ArrayList<>(), new ArrayList<>()));
        }
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                Line one = lines.get(contender.name() + ", one process");
                Line two = lines.get(contender.name() + ", two processes");
                if (one != null && two != null) {
                    inOneProcess(contender).ifPresent(times -> add(one, times));
                    if (!one.all().isEmpty()) {
                        add(two, inTwoProcesses(contender));
                    }
                    contender.clean();
                }
            }
        }
        print(lines);
    }

    private static void add(Line line, List<Double> times) {
        line.all().addAll(times);
        line.medians().add(Clock.median(times));
    }

    private Optional<List<Double>> inOneProcess(Contender contender) throws Exception {
        LinkedBlockingQueue<Long> taken = new LinkedBlockingQueue<>();
        Optional<AutoCloseable> waiter = contender.await(() -> taken.add(System.nanoTime()));
        if (waiter.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(times(contender, taken::take));
        } finally {
            waiter.get().close();
        }
    }

    private List<Double> inTwoProcesses(Contender contender) throws Exception {
        try (OtherProcess other = OtherProcess.start(contender.name(), url)) {
            return times(contender, other::nextNanoTime);
        }
    }

    private interface Taken {
        long nanoTime() throws Exception;
    }

    private List<Double> times(Contender contender, Taken taken) throws Exception {
        Clock.Step enqueuer = contender.enqueuer(1);
        List<Double> millis = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = -WARM_UP; i < samples && System.nanoTime() - start < LONGEST_NANOS; i++) {
            // Idle means that the job before is ended, and that the waiter waits again; not in step with any interval.
            Thread.sleep(5 + Math.floorMod(i, 7));
            long enqueued = System.nanoTime();
            enqueuer.run();
            double time = (taken.nanoTime() - enqueued) / 1e6;
            // Who polls every few seconds needs no warm-up and gives few samples.
            if (i >= 0 || time > 100) {
                millis.add(time);
            }
        }
        return millis;
    }

    private static void print(Map<String, Line> lines) {
        System.out.println("| enqueue to dequeue, ms | p50 | p99 | largest | samples | goals | | p50 of every round |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | --- | --- | --- |");
        lines.forEach((name, line) -> {
            if (line.all().isEmpty()) {
                System.out.printf("| %s | - | - | - | - | | | |%n", name);
                return;
            }
            List<Double> sorted = line.all().stream().sorted().toList();
            double p50 = percentile(sorted, 0.5);
            double p99 = percentile(sorted, 0.99);
            boolean reached = (line.goalP50() == 0 || p50 < line.goalP50()) && p99 < line.goalP99();
            System.out.printf(
                    "| %s | %.2f | %.2f | %.2f | %d | %s | %s | %s |%n",
                    name,
                    p50,
                    p99,
                    sorted.get(sorted.size() - 1),
                    sorted.size(),
                    (line.goalP50() == 0 ? "" : "p50 %.0f, ".formatted(line.goalP50()))
                            + "p99 %.0f".formatted(line.goalP99()),
                    reached ? "reached" : "missed",
                    String.join(
                            " ",
                            line.medians().stream()
                                    .map(each -> "%.2f".formatted(each))
                                    .toList()));
        });
    }

    private static double percentile(List<Double> sorted, double part) {
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(part * sorted.size()) - 1));
    }
}
