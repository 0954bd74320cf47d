package dev.jobqueue.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history of a child process is what it has recorded. */
class HistoryFileTest {
    private static final JobId ID = JobId.create();
    private static final JobToken TOKEN = JobToken.create();

    @TempDir
    Path folder;

    @Test
    @DisplayName("every kind of call and answer is read as it was written, in a process of its name")
    void roundTrip() throws IOException {
        Call.Entry first = Story.job();
        Call.Entry second = Story.job(2, 3, Story.after(first), Story.requires(first));
        Map<Call, Reply> all = new LinkedHashMap<>();
        all.put(new Call.Enqueue(List.of(first, second)), new Reply.Stored(List.of(first.id(), second.id())));
        all.put(
                new Call.Claim(Set.of("work", "osbuild:x86_64"), List.of(TOKEN)),
                new Reply.Given(List.of(new Reply.Start(ID, TOKEN, 2))));
        all.put(new Call.Wait(Set.of("work")), new Reply.Given(List.of()));
        all.put(new Call.Await(ID), new Reply.Seen(true));
        all.put(new Call.Finish(TOKEN, Call.Ending.RELEASE_LATER), new Reply.Told(Verdict.DONE));
        all.put(new Call.Heartbeat(TOKEN), new Reply.Told(Verdict.CANCELED));
        all.put(new Call.Cancel(ID), new Reply.Canceled(true));
        all.put(new Call.Expire(), new Reply.Expired(List.of(ID)));
        all.put(new Call.Cancel(JobId.create()), new Reply.Refused());
        Path file = folder.resolve("history");
        try (HistoryFile journal = new HistoryFile(file)) {
            Recorder recorder = new Recorder("child", journal);
            all.forEach((call, reply) -> recorder.end(recorder.send(List.of(call)), s -> Optional.of(reply)));
            recorder.end(recorder.send(List.of(new Call.Expire())), s -> Optional.empty());
            var unused = recorder.send(List.of(new Call.Heartbeat(TOKEN)));
            assertThat(HistoryFile.read(file, "child")).isEqualTo(recorder.operations());
        }
        List<Operation> read = HistoryFile.read(file, "child");
        assertThat(read).hasSize(all.size() + 2);
        assertThat(read.get(all.size()).unknown()).isTrue();
        assertThat(read.get(all.size()).ended()).isNotEqualTo(Operation.NEVER);
        assertThat(read.get(all.size() + 1).ended()).isEqualTo(Operation.NEVER);
    }

    @Test
    @DisplayName("of a last line that was cut nothing is known: its call did not come back, or was not sent")
    void cut() throws IOException {
        Path file = folder.resolve("history");
        try (HistoryFile journal = new HistoryFile(file)) {
            Recorder recorder = new Recorder("child", journal);
            recorder.end(recorder.send(List.of(new Call.Cancel(ID))), s -> Optional.of(new Reply.Canceled(true)));
        }
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.length() - 3));
        assertThat(HistoryFile.read(file, "child")).singleElement().matches(Operation::unknown);
        Files.writeString(file, text.substring(0, text.indexOf('\n')));
        assertThat(HistoryFile.read(file, "child")).isEmpty();
    }
}
