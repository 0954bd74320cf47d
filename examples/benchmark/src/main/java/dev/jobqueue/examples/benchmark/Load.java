package dev.jobqueue.examples.benchmark;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.util.ArrayList;
import java.util.List;

/** The jobs that the measurements use, and their args of 300 bytes, made beforehand. */
public final class Load {
    public static final JobType<RawJson, RawJson> TYPE = JobType.raw("benchmark");

    /** Jobs of another type, which nobody takes. */
    public static final JobType<RawJson, RawJson> OTHER = JobType.raw("other");

    /** The length of {@link #args} in bytes and in characters. */
    public static final int ARGS_BYTES = 300;

    private static final String FRAME = "{\"data\":\"\"}";
    private static final RawJson[] ARGS = new RawJson[256];

    static {
        for (int i = 0; i < ARGS.length; i++) {
            String data = String.valueOf((char) ('a' + i % 26)).repeat(ARGS_BYTES - FRAME.length() - 3);
            ARGS[i] = RawJson.of(FRAME.replace("\"\"", "\"%03d%s\"".formatted(i, data)));
        }
    }

    private Load() {}

    /** Args of 300 bytes; equal numbers give equal args. */
    public static RawJson args(int number) {
        return ARGS[number & (ARGS.length - 1)];
    }

    /** So many jobs that do not depend on each other. */
    public static List<JobRequest<?, ?>> jobs(JobType<RawJson, RawJson> type, int count) {
        List<JobRequest<?, ?>> requests = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            requests.add(type.job(args(i)));
        }
        return requests;
    }

    /** Enqueues jobs that do not depend on each other, 1,000 in a call. */
    public static void enqueue(JobQueue queue, JobType<RawJson, RawJson> type, int count) {
        for (int left = count; left > 0; left -= 1_000) {
            queue.enqueueAll(jobs(type, Math.min(left, 1_000)));
        }
    }
}
