package dev.jobqueue.testkit.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A load of several threads in a child JVM, which says what was acknowledged to it; notes that, over several children, and checks a directory against it. Not
 * thread-safe.
 */
public final class LoadChild {
    /** Ends the load in the middle; through the handle of the child, because {@code Process.destroy} also closes its output. */
    @FunctionalInterface
    public interface End {
        /** Called once. */
        void end(Process child) throws IOException, InterruptedException;
    }

    private final Class<? extends StoreFixture.Opener> opener;
    private final Set<JobId> enqueued = new HashSet<>();
    private final Map<JobId, JobToken> started = new HashMap<>();
    private final Set<JobId> finished = new HashSet<>();

    /** With a class that has a constructor without parameters. */
    public LoadChild(Class<? extends StoreFixture.Opener> opener) {
        this.opener = opener;
    }

    /** The jobs whose start was acknowledged, by any child. */
    public Set<JobId> started() {
        return Set.copyOf(started.keySet());
    }

    /** The jobs whose finish was acknowledged, by any child. */
    public Set<JobId> finished() {
        return Set.copyOf(finished);
    }

    /** Lets a child work until it has said so many lines, then ends it, and reads what it said until then. */
    public void run(Path directory, int lines, End end) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillLoad.class.getName(),
                        opener.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            int read = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line.split(" "));
                if (++read == lines) {
                    end.end(child);
                }
            }
            assertThat(read).as("lines of the child").isGreaterThanOrEqualTo(lines);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void note(String[] words) {
        // The last line may have been cut.
        boolean whole = words[words.length - 1].length() == 36;
        if (words[0].equals("enqueued") && words.length == 3 && whole) {
            enqueued.add(JobId.parse(words[1]));
            enqueued.add(JobId.parse(words[2]));
        } else if (words[0].equals("started") && words.length == 3 && whole) {
            started.put(JobId.parse(words[1]), JobToken.parse(words[2]));
        } else if (words[0].equals("finished") && whole) {
            finished.add(JobId.parse(words[1]));
        }
    }

    /** Opens the store here and checks that everything acknowledged is there. */
    public void check(Path directory) throws Exception {
        try (JobQueue queue = KillLoad.open(opener, directory)) {
            for (JobId id : enqueued) {
                assertThat(queue.jobType(id)).isEqualTo(KillLoad.TYPE.name());
            }
            for (JobId id : finished) {
                JobStatus<RawJson> status = queue.status(id);
                assertThat(status.state()).isEqualTo(JobState.SUCCEEDED);
                assertThat(status.result()).contains(RawJson.from(id.toString()));
                assertThat(status.attempts()).hasSize(1);
            }
            started.forEach((id, token) -> {
                JobStatus<RawJson> status = queue.status(id);
                assertThat(status.state())
                        .as("state of a job that was started")
                        .isIn(JobState.RUNNING, JobState.SUCCEEDED);
                if (status.state() == JobState.RUNNING) {
                    assertThat(queue.running(token).orElseThrow().id()).isEqualTo(id);
                }
            });
        }
    }
}
