package dev.jobqueue.examples.benchmark.postgres;

import java.io.IOException;
import java.util.Optional;

/** The program of {@link OtherProcess}: ends when its input does. */
final class WaitingProcess {
    private WaitingProcess() {}

    /** Arguments: the name of the contender and the URL of the database. */
    public static void main(String... args) throws Exception {
        Contender contender = Contenders.connect(args[0], args[1], new Amounts(0, 0));
        contender.open();
        Optional<AutoCloseable> waiter = contender.await(() -> System.out.println(System.nanoTime()));
        System.out.println("waiting");
        awaitEndOfInput();
        waiter.orElseThrow().close();
        contender.close();
        System.exit(0);
    }

    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {}
    }
}
