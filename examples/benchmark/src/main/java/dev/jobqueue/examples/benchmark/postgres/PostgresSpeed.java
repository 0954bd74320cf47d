package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Machine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The queue on PostgreSQL beside the raw limit of the server and other queues. */
@Command(
        name = "postgres",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 100,
        description = "Measures the queue on PostgreSQL beside the raw limit of the server, db-scheduler and JobRunr.")
public final class PostgresSpeed implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Option(
            names = "--sections",
            split = ",",
            defaultValue = "rates,idle,graphs",
            description = "What to measure. Default: ${DEFAULT-VALUE}")
    private List<String> sections = List.of();

    @Option(
            names = "--conditions",
            split = ",",
            defaultValue = "PLAIN,HISTORY,RARE,SNAPSHOT",
            description = "In which conditions: ${COMPLETION-CANDIDATES}. Default: all")
    private List<Condition> conditions = List.of();

    @Option(
            names = "--contenders",
            split = ",",
            defaultValue = "raw,queue,db-scheduler,jobrunr",
            description = "Who is measured. Default: ${DEFAULT-VALUE}")
    private List<String> who = List.of();

    @Option(
            names = "--only",
            split = ",",
            defaultValue = "1,8,32,single,batch",
            description = "Which rates: numbers of threads, one by one or in batches of 100. Default: ${DEFAULT-VALUE}")
    private List<String> only = List.of();

    @Option(names = "--rounds", defaultValue = "5", description = "Number of rounds. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--seconds",
            defaultValue = "2",
            description =
                    "Length of each measurement of a rate, after half a second of warm-up. Default: ${DEFAULT-VALUE}")
    private double seconds;

    @Option(names = "--finished", defaultValue = "1000000", description = "Finished jobs. Default: ${DEFAULT-VALUE}")
    private int finished;

    @Option(
            names = "--others",
            defaultValue = "200000",
            description = "Ready jobs of another type. Default: ${DEFAULT-VALUE}")
    private int others;

    @Option(
            names = "--samples",
            defaultValue = "200",
            description = "Jobs in each round of the idle queue, or what 8 seconds allow. Default: ${DEFAULT-VALUE}")
    private int samples;

    @Option(
            names = "--width",
            defaultValue = "10000",
            description = "Jobs of a fan-out and a fan-in. Default: ${DEFAULT-VALUE}")
    private int width;

    @Option(names = "--cascade", defaultValue = "100000", description = "Jobs of a cascade. Default: ${DEFAULT-VALUE}")
    private int cascade;

    @Override
    public Integer call() throws Exception {
        Machine.print(Path.of(System.getProperty("java.io.tmpdir")));
        target.use(this::measure);
        System.out.printf("%nLoad average at the end: %s%n", Machine.load());
        return 0;
    }

    private void measure(String url) throws Exception {
        Amounts amounts = new Amounts(finished, others);
        List<Contender> contenders = new ArrayList<>();
        try {
            for (String each : who) {
                contenders.add(Contenders.connect(each, url, amounts));
            }
            for (Condition condition : conditions) {
                if (sections.contains("rates")) {
                    new Rates(contenders, condition, new Snapshot(url), rounds, seconds).measure(only);
                }
                AutoCloseable held = new Snapshot(url).open(condition);
                try {
                    idleAndGraphs(url, contenders, condition);
                } finally {
                    held.close();
                }
            }
        } finally {
            for (Contender contender : contenders) {
                contender.drop();
                contender.close();
            }
        }
    }

    private void idleAndGraphs(String url, List<Contender> contenders, Condition condition) throws Exception {
        if (sections.contains("idle")) {
            new Idle(contenders, condition, url, rounds, samples).measure();
        }
        for (Contender contender : contenders) {
            if (sections.contains("graphs") && contender instanceof QueueContender queue) {
                new Dependencies(queue, condition, rounds, width, cascade).measure();
            }
        }
    }
}
