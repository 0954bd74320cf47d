package dev.jobqueue.fs.engine;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** An engine over files in memory, and the few calls that tests make of it. */
final class EngineCalls implements AutoCloseable {
    static final TypeName TYPE = TypeName.parse("build");

    private final Engine engine;

    EngineCalls(StepDisk disk, Settings settings) throws IOException {
        engine = Engine.open(disk, settings);
    }

    Writer writer() {
        return engine.writer;
    }

    JobReader reader() {
        return engine.reader;
    }

    JobId insert(String args, Dependency... dependencies) {
        return insert(JobId.create(), args, dependencies);
    }

    JobId insert(JobId id, String args, Dependency... dependencies) {
        insert(List.of(new NewJob(
                new Job<>(id, TYPE, RawJson.of(args), Arrays.asList(dependencies), JobOptions.DEFAULT),
                Duration.ZERO)));
        return id;
    }

    Answer<List<Enqueued>> insert(List<NewJob> graph) {
        return insertAll(List.of(graph)).items().get(0);
    }

    Receipt<Answer<List<Enqueued>>> insertAll(List<List<NewJob>> graphs) {
        return InsertOperation.call(engine.writer, engine.reader, new SpareBlock(), graphs);
    }

    /** How many records the journal has. */
    long records() {
        return Look.ask(engine.writer, core -> core.journal.sequence());
    }

    /** How many jobs there are. */
    int size() {
        return Look.ask(engine.writer, core -> core.index.size());
    }

    String dump() {
        return Look.ask(engine.writer, core -> Dump.of(core.index));
    }

    JobToken claim() {
        JobToken token = JobToken.create();
        Selector selector = new Selector(Set.of(TYPE), Set.of());
        var claimed = ClaimOperation.call(
                engine.writer, engine.reader, new ClaimRequest(selector, List.of(new ClaimSlot(token, "w"))));
        if (claimed.jobs().size() != 1) {
            throw new IllegalStateException("nothing is READY");
        }
        return token;
    }

    void report(JobToken token, String progress) {
        AliveOperation.report(engine.writer, engine.reader, List.of(new ProgressReport(token, RawJson.of(progress))));
    }

    Answer<TokenAnswer> finish(JobToken token, JobOutcome outcome) {
        return FinishOperation.call(
                        engine.writer, engine.reader, List.of(new FinishRequest(token, outcome, 0, List.of())))
                .items()
                .get(0);
    }

    Answer<TokenAnswer> succeed(JobToken token, String result) {
        return finish(token, new JobOutcome.Succeeded(RawJson.of(result)));
    }

    Answer<Integer> delete(JobId id) {
        return DeleteOperation.call(engine.writer, id);
    }

    /** What the writer knows of a job. */
    <T> T of(JobId id, Function<Entry, T> question) {
        return Look.ask(
                engine.writer,
                core -> question.apply(Objects.requireNonNull(core.index.job(
                        id.value().getMostSignificantBits(), id.value().getLeastSignificantBits()))));
    }

    @Override
    public void close() {
        engine.close();
    }
}
