package dev.jobqueue.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.embedded.Jobs.ListArgs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a run of the program has acknowledged and what it shall write. */
final class Results {
    private Results() {}

    /** The names of the files whose hash the queue has. */
    static Set<String> acknowledged(JobQueue queue, Path folder, Program program) {
        Set<String> names = new HashSet<>();
        ListArgs args =
                new ListArgs(folder.toUri().toString(), program.sums().toUri().toString(), Set.of(), Set.of());
        JobQuery query = JobQuery.finished(Jobs.HASH.name(), new Run(queue, args).channel());
        Optional<Page.Request> next = Optional.of(Page.Request.first(1_000));
        while (next.isPresent()) {
            Page<JobStatus<RawJson>> page = queue.list(query, next.get());
            for (JobStatus<RawJson> job : page.items()) {
                assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
                names.add(Jobs.HASH.decodeResult(job.result().orElseThrow()).name());
            }
            next = page.next().map(Page.Request.first(1_000)::after);
        }
        return names;
    }

    /** The sums of all files of the folder. */
    static String sums(Path folder) throws Exception {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile)
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
        }
        StringBuilder lines = new StringBuilder();
        for (Path file : files) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            lines.append(HexFormat.of().formatHex(hash) + "  " + folder.relativize(file) + "\n");
        }
        return lines.toString();
    }
}
