package dev.jobqueue.testkit.crash;

import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.spi.StoreClock;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The child of {@link LoadChild}: a load of several threads that says each thing once it is acknowledged, until it is killed. */
final class KillLoad {
    static final JobType<RawJson, RawJson> TYPE = JobType.raw("load");

    private KillLoad() {}

    /** With the name of the opener's class and the directory. */
    public static void main(String[] args) throws Exception {
        JobQueue queue = open(Class.forName(args[0]).asSubclass(StoreFixture.Opener.class), Path.of(args[1]));
        say("open");
        for (int i = 0; i < 3; i++) {
            start(() -> enqueue(queue));
            start(() -> work(queue));
        }
    }

    static JobQueue open(Class<? extends StoreFixture.Opener> opener, Path directory) throws Exception {
        Constructor<? extends StoreFixture.Opener> constructor = opener.getDeclaredConstructor();
        constructor.setAccessible(true);
        return JobQueue.on(constructor.newInstance().open(directory, StoreClock.system()));
    }

    private static void start(Runnable load) {
        new Thread(load).start();
    }

    private static void enqueue(JobQueue queue) {
        while (true) {
            JobRequest<RawJson, RawJson> first = TYPE.job(RawJson.of("\"" + "x".repeat(200) + "\""));
            JobRequest<RawJson, RawJson> second = TYPE.job(null).dependsOn(first);
            queue.enqueueAll(JobQueue.requests(second, first));
            say("enqueued " + first.id() + " " + second.id());
        }
    }

    private static void work(JobQueue queue) {
        try {
            while (true) {
                Optional<RunningJob<RawJson, RawJson>> job = queue.dequeue(TYPE, Duration.ofSeconds(1));
                if (job.isEmpty()) {
                    continue;
                }
                String id = job.get().id().toString();
                say("started " + id + " " + job.get().token().reveal());
                if (id.hashCode() % 5 != 0
                        && job.get().succeed(RawJson.from(id)).verdict() == TokenAnswer.Verdict.DONE) {
                    say("finished " + id);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One line in one write, so that a line that the parent has read is whole. */
    private static void say(String line) {
        PrintStream out = System.out;
        synchronized (out) {
            out.print(line + "\n");
            out.flush();
        }
    }
}
