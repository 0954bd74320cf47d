package dev.jobqueue.testkit.history;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The history of a process in a file, which is whole up to the last line when the process is killed.
 *
 * <pre>
 * sent  [number] [thread] [time] [name of the call] [call as JSON]
 * ended [number] [time] [name of the answer] [answer as JSON]
 * ended [number] [time]
 * </pre>
 */
final class HistoryFile implements Recorder.Journal, AutoCloseable {
    private static final List<Class<?>> PARTS = List.of(
            Call.Enqueue.class,
            Call.Claim.class,
            Call.Wait.class,
            Call.Await.class,
            Call.Finish.class,
            Call.Heartbeat.class,
            Call.Cancel.class,
            Call.Expire.class,
            Reply.Stored.class,
            Reply.Given.class,
            Reply.Seen.class,
            Reply.Told.class,
            Reply.Canceled.class,
            Reply.Expired.class,
            Reply.Refused.class);

    private final OutputStream out;

    HistoryFile(Path file) throws IOException {
        // Not buffered: a line that was written is there, whatever happens to this process.
        out = new FileOutputStream(file.toFile());
    }

    @Override
    public void sent(Recorder.Sent sent) {
        write("sent " + sent.number() + " " + sent.thread() + " " + sent.invoked() + part(sent.call()));
    }

    @Override
    public void ended(long number, long time, Optional<Reply> reply) {
        write("ended " + number + " " + time + reply.map(HistoryFile::part).orElse(""));
    }

    private static String part(Object part) {
        return " " + part.getClass().getSimpleName() + " " + RawJson.from(part);
    }

    private void write(String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Reads what a process has left; of a last line that was cut nothing is known. */
    static List<Operation> read(Path file, String process) throws IOException {
        String text = Files.readString(file);
        Map<Long, Recorder.Sent> open = new TreeMap<>();
        List<Operation> operations = new ArrayList<>();
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            if (line.startsWith("sent ")) {
                String[] words = line.split(" ", 6);
                long number = Long.parseLong(words[1]);
                Call call = (Call) parse(words[4], words[5]);
                open.put(number, new Recorder.Sent(number, words[2], call, Long.parseLong(words[3])));
            } else {
                String[] words = line.split(" ", 5);
                Recorder.Sent sent = requireNonNull(open.remove(Long.parseLong(words[1])), line);
                Optional<Reply> reply =
                        words.length > 3 ? Optional.of((Reply) parse(words[3], words[4])) : Optional.empty();
                operations.add(Recorder.operation(process, sent, Long.parseLong(words[2]), reply));
            }
        }
        open.values().forEach(s -> operations.add(Recorder.operation(process, s, Operation.NEVER, Optional.empty())));
        return operations;
    }

    private static Object parse(String name, String json) {
        Class<?> part = PARTS.stream()
                .filter(p -> p.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no part of a history: " + name));
        return JobType.of("history", part, RawJson.class).decodeArgs(RawJson.of(json));
    }
}
