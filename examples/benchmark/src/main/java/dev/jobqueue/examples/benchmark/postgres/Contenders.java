package dev.jobqueue.examples.benchmark.postgres;

import java.util.Locale;

/** The programs that are compared, by the names that the options use. */
final class Contenders {
    private Contenders() {}

    static Contender connect(String name, String url, Amounts amounts) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "raw", "raw limit" -> new RawContender(url, amounts);
            case "queue" -> new QueueContender(url, amounts);
            case "db-scheduler" -> new DbSchedulerContender(url, amounts);
            case "jobrunr" -> new JobRunrContender(url, amounts);
            default -> throw new IllegalArgumentException("not one of raw, queue, db-scheduler, jobrunr: " + name);
        };
    }
}
