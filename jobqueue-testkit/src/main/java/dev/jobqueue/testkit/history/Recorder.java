package dev.jobqueue.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Notes when calls are sent and when they come back.
 *
 * <p>Thread-safe.
 */
final class Recorder {
    /** A call that is under way. */
    record Sent(long number, String thread, Call call, long invoked) {}

    /** Where a call is noted before it is sent, and again when it is over: so that a process that is killed leaves no call out. */
    interface Journal {
        void sent(Sent sent);

        void ended(long number, long time, Optional<Reply> reply);

        /** Keeps nothing. */
        Journal NONE = new Journal() {
            @Override
            public void sent(Sent sent) {}

            @Override
            public void ended(long number, long time, Optional<Reply> reply) {}
        };
    }

    private final String process;
    private final Journal journal;
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Long, Sent> open = new TreeMap<>();
    private long calls;

    Recorder(String process, Journal journal) {
        this.process = process;
        this.journal = journal;
    }

    /** Calls that are about to be sent. */
    synchronized List<Sent> send(List<? extends Call> all) {
        List<Sent> sent = new ArrayList<>();
        for (Call call : all) {
            Sent one = new Sent(calls++, Thread.currentThread().getName(), call, System.nanoTime());
            journal.sent(one);
            open.put(one.number(), one);
            sent.add(one);
        }
        return sent;
    }

    /** The answers to them, or the same number of times nothing if the outcome is unknown. */
    void end(List<Sent> sent, List<Optional<Reply>> replies) {
        long now = System.nanoTime();
        synchronized (this) {
            for (int i = 0; i < sent.size(); i++) {
                Sent one = sent.get(i);
                journal.ended(one.number(), now, replies.get(i));
                open.remove(one.number());
                operations.add(operation(process, one, now, replies.get(i)));
            }
        }
    }

    /** The same answer to all of them. */
    void end(List<Sent> sent, Function<Sent, Optional<Reply>> reply) {
        end(sent, sent.stream().map(reply).toList());
    }

    static Operation operation(String process, Sent sent, long ended, Optional<Reply> reply) {
        return new Operation(process, sent.thread(), sent.call(), sent.invoked(), ended, reply);
    }

    /** The history up to now; calls that are still under way have not come back. */
    synchronized List<Operation> operations() {
        List<Operation> all = new ArrayList<>(operations);
        open.values().forEach(s -> all.add(operation(process, s, Operation.NEVER, Optional.empty())));
        return all;
    }
}
