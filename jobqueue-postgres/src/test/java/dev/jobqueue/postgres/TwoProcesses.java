package dev.jobqueue.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Two stores on one schema, as two processes have them, and threads that start together. After each test the tables are checked. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class TwoProcesses {
    static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    static final JobType<RawJson, RawJson> TEST = JobType.raw("test");
    static final JobType<RawJson, RawJson> OTHER = JobType.raw("other");
    static final JobError BROKEN = new JobError(7, ErrorClass.INTERNAL, "it broke", RawJson.NULL, true);

    String schema;
    JobStore a;
    JobStore b;
    private ExecutorService threads;

    PostgresQueueOptions options() {
        return PostgresQueueOptions.DEFAULT.schema(schema);
    }

    DataSource dataSource() {
        return SharedServer.pool();
    }

    @BeforeEach
    final void open() {
        schema = SharedServer.newSchema();
        PostgresJobQueue.migrate(SharedServer.pool(), schema);
        a = PostgresJobStore.open(dataSource(), options());
        b = PostgresJobStore.open(dataSource(), options());
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    final void checkAndClose() throws SQLException {
        threads.shutdownNow();
        a.close();
        b.close();
        try {
            Invariants.check(schema);
        } finally {
            SharedServer.drop(schema);
        }
    }

    /** Runs these at the same moment, each in a thread of its own. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    final <T> List<T> together(Callable<T>... tasks) throws Exception {
        return together(List.of(tasks));
    }

    final <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        List<Future<T>> futures = new ArrayList<>();
        for (Callable<T> task : tasks) {
            futures.add(threads.submit(() -> {
                start.await(1, TimeUnit.MINUTES);
                return task.call();
            }));
        }
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(get(future));
        }
        return results;
    }

    final <T> Future<T> start(Callable<T> task) {
        return threads.submit(task);
    }

    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(1, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed", e.getCause());
        }
    }

    static NewJob job(JobRequest<?, ?> request) {
        return new NewJob(request.job(), request.job().options().delay().orElse(Duration.ZERO));
    }

    /** Stores these as one graph. */
    static JobId insert(JobStore store, JobRequest<?, ?>... requests) {
        List<NewJob> graph = new ArrayList<>();
        for (JobRequest<?, ?> request : requests) {
            graph.add(job(request));
        }
        assertThat(store.insert(List.of(graph)).items()).hasOnlyElementsOfType(Answer.Accepted.class);
        return requests[0].id();
    }

    static List<ClaimedJob> claim(JobStore store, JobType<?, ?> type, int n) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            slots.add(new ClaimSlot(JobToken.create(), "worker"));
        }
        return store.claim(new ClaimRequest(Selector.of(type), slots)).jobs();
    }

    static JobState state(JobStore store, JobId id) {
        return store.find(List.of(id), Set.of()).get(0).orElseThrow().status().state();
    }

    static <T> T accepted(Answer<T> answer) {
        assertThat(answer).isInstanceOf(Answer.Accepted.class);
        return ((Answer.Accepted<T>) answer).value();
    }
}
