package dev.jobqueue.testkit.history;

import dev.jobqueue.JobQueue;
import dev.jobqueue.testkit.contract.ChildStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * The program of another JVM with a load.
 *
 * <p>Says {@value #READY}, answers {@value #CLOCK} with its monotonic time, begins at {@value #GO}, says {@value #HALF} and {@value #PRODUCED} when it
 * has enqueued so much, and goes on as a consumer until {@value #STOP} or the end of its input. Whatever it calls is in its file before it is sent.
 */
final class ChildMain {
    static final String READY = "ready";
    static final String CLOCK = "clock";
    static final String GO = "go";
    static final String HALF = "half";
    static final String PRODUCED = "produced";
    static final String STOP = "stop";

    private ChildMain() {}

    /** Arguments: name, file, seed, size, bound in milliseconds, class of the opener, and its arguments. */
    public static void main(String[] args) throws Exception {
        Duration bound = Duration.ofMillis(Long.parseLong(args[4]));
        ChildStore.Opener opener = Class.forName(args[5])
                .asSubclass(ChildStore.Opener.class)
                .getDeclaredConstructor()
                .newInstance();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> arguments = Arrays.asList(args).subList(6, args.length);
        try (HistoryFile file = new HistoryFile(Path.of(args[1]))) {
            Recorder recorder = new Recorder(args[0], file);
            try (JobQueue queue = Load.queue(opener.open(arguments), recorder)) {
                Load load = new Load(recorder, List.of(new QueueRef(queue)), Long.parseLong(args[2]), bound);
                System.out.println(READY);
                await(in, CLOCK);
                System.out.println(System.nanoTime());
                await(in, GO);
                load.startShared(Integer.parseInt(args[3]));
                Awaitility.await().atMost(bound).until(() -> load.produced(50) || load.producersEnded());
                System.out.println(HALF);
                Awaitility.await().atMost(bound).until(load::producersEnded);
                load.beQuiet();
                System.out.println(PRODUCED);
                await(in, STOP);
                Optional<Throwable> failure = load.stop(bound);
                if (failure.isPresent()) {
                    throw new IllegalStateException("a thread of the load failed", failure.get());
                }
            }
        }
        // What the opener left open does not keep the process.
        System.exit(0);
    }

    private static void await(BufferedReader in, String expected) throws IOException {
        String line = in.readLine();
        if (line == null) {
            System.exit(1);
        }
        if (!expected.equals(line)) {
            throw new IllegalStateException("expected " + expected + ", not " + line);
        }
    }
}
