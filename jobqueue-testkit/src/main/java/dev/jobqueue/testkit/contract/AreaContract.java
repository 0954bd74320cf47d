package dev.jobqueue.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.DequeueRequest;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.ErrorCode;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * What all areas of the contract share: an open store with a queue over it before each test, a check of the whole store and a close after it.
 *
 * <p>Tests may run in parallel; nothing is shared between two of them.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
public abstract class AreaContract {
    /** Two types of jobs, and one that the others never ask for. */
    static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");

    static final JobType<RawJson, RawJson> TEST = JobType.raw("test");
    static final JobType<RawJson, RawJson> OTHER = JobType.raw("other");
    static final Selector ALL = Selector.of(BUILD, TEST);

    static final Duration NOW = Duration.ZERO;
    static final Duration LIMIT = QueueOptions.DEFAULT.heartbeatLimit();
    static final Duration TICK = Duration.ofMillis(1);

    StoreFixture fixture;
    ManualClock clock;
    ObservedStore store;
    JobQueue queue;
    private final List<JobQueue> opened = new ArrayList<>();

    /** A fixture for one test, with data of its own. */
    protected abstract StoreFixture newFixture() throws Exception;

    @BeforeEach
    final void open() throws Exception {
        fixture = newFixture();
        clock = new ManualClock();
        reopen();
    }

    /** Opens the store, again if it was closed or killed before. */
    final void reopen() throws Exception {
        store = new ObservedStore(fixture.open(clock), store);
        queue = over(store);
    }

    /** A queue that is closed after the test. */
    final JobQueue over(JobStore any) {
        JobQueue made = JobQueue.on(any, QueueOptions.DEFAULT.clock(clock::now));
        closeLater(made);
        return made;
    }

    final void closeLater(JobQueue any) {
        opened.add(any);
    }

    @AfterEach
    final void checkAndClose() throws Exception {
        try {
            if (!store.closed()) {
                StoreCheck.check(store);
            }
        } finally {
            for (JobQueue each : opened) {
                each.close();
            }
            fixture.close();
        }
    }

    // ---- enqueue

    final JobId enqueue(JobRequest<?, ?> request) {
        return queue.enqueue(request).id();
    }

    final JobId enqueue(JobType<RawJson, RawJson> type) {
        return enqueue(type.job(null));
    }

    /** So many requests of this type, each with its number as args. */
    static List<JobRequest<RawJson, RawJson>> requests(JobType<RawJson, RawJson> type, int n) {
        return IntStream.range(0, n).mapToObj(i -> type.job(number(i))).toList();
    }

    static List<JobId> ids(List<? extends JobRequest<?, ?>> requests) {
        return requests.stream().map(JobRequest::id).toList();
    }

    /** A request as the queue passes it to the store. */
    static NewJob newJob(JobRequest<?, ?> request) {
        Job<RawJson> job = request.job();
        return new NewJob(job, job.options().delay().orElse(Duration.ZERO));
    }

    static RawJson number(int i) {
        return RawJson.of(Integer.toString(i));
    }

    // ---- dequeue

    /** Takes the next BUILD or TEST job, which must be there at once. */
    final RunningJob<RawJson, RawJson> take() {
        return take(ALL);
    }

    final RunningJob<RawJson, RawJson> take(JobType<?, ?> type) {
        return take(Selector.of(type));
    }

    final RunningJob<RawJson, RawJson> take(Selector selector) {
        Optional<RunningJob<RawJson, RawJson>> job = tryTake(selector);
        assertThat(job).as("a job for " + selector).isPresent();
        return job.orElseThrow();
    }

    final Optional<RunningJob<RawJson, RawJson>> tryTake(Selector selector) {
        try {
            return queue.dequeue(selector, NOW);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Takes this job, which must be the next one of its type and channel. */
    final RunningJob<RawJson, RawJson> take(JobId id) {
        Job<RawJson> job = queue.job(id);
        RunningJob<RawJson, RawJson> next =
                take(Selector.of(List.of(job.type())).channels(job.options().channel()));
        assertThat(next.id()).as("the next job").isEqualTo(id);
        return next;
    }

    /** The ids of all BUILD and TEST jobs that can be dequeued now, in the order in which they come, one by one. */
    final List<JobId> takeAll() {
        List<JobId> ids = new ArrayList<>();
        for (Optional<RunningJob<RawJson, RawJson>> next = tryTake(ALL); next.isPresent(); next = tryTake(ALL)) {
            ids.add(next.get().id());
        }
        return ids;
    }

    final List<RunningJob<RawJson, RawJson>> takeBatch(int max) {
        try {
            return queue.dequeueBatch(DequeueRequest.of(ALL).max(max).timeout(NOW));
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    final void assertNothingReady() {
        assertThat(tryTake(ALL).map(RunningJob::id)).as("a job to dequeue").isEmpty();
    }

    /** A claim straight at the store. */
    final Claimed claim(JobStore target, Selector selector, JobToken... tokens) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (JobToken token : tokens) {
            slots.add(new ClaimSlot(token, "worker"));
        }
        return target.claim(new ClaimRequest(selector, slots));
    }

    // ---- the end of jobs

    final void succeed(RunningJob<RawJson, RawJson> job) {
        assertThat(job.succeed(RawJson.NULL)).isEqualTo(TokenAnswer.DONE);
    }

    /** Takes and ends these jobs, each of which must be the next one of its type. */
    final void succeed(JobId... ids) {
        for (JobId id : ids) {
            succeed(take(id));
        }
    }

    /** A heartbeat of an attempt that goes on. */
    final void beat(RunningJob<?, ?> job) {
        assertThat(queue.heartbeat(List.of(job.token()))).containsExactly(TokenAnswer.CONTINUE);
    }

    final void fail(RunningJob<RawJson, RawJson> job) {
        assertThat(job.fail(error("it broke"))).isEqualTo(TokenAnswer.DONE);
    }

    final void fail(JobId id) {
        fail(take(id));
    }

    final JobState state(JobId id) {
        return queue.status(id).state();
    }

    final List<JobState> states(List<JobId> ids) {
        return ids.stream().map(this::state).toList();
    }

    /** An error of an application. */
    static JobError error(String reason) {
        return JobError.of(TestError.BROKEN, reason);
    }

    // ---- small things

    /** Lets time pass on both clocks of the store. */
    final void pass(Duration time) {
        clock.advance(time);
    }

    static TypeChannel pair(JobType<?, ?> type) {
        return new TypeChannel(type.name(), "default");
    }

    /** The value of an item that was accepted. */
    static <T> T accepted(Answer<T> answer) {
        assertThat(answer).isInstanceOf(Answer.Accepted.class);
        return ((Answer.Accepted<T>) answer).value();
    }

    /** The reason of an item that was refused. */
    static Answer.Reason refused(Answer<?> answer) {
        assertThat(answer).isInstanceOf(Answer.Refused.class);
        return ((Answer.Refused<?>) answer).reason();
    }

    /** The error codes of the tests. */
    enum TestError implements ErrorCode {
        BROKEN(7, ErrorClass.INTERNAL),
        BAD_INPUT(8, ErrorClass.CLIENT);

        private final int code;
        private final ErrorClass errorClass;

        TestError(int code, ErrorClass errorClass) {
            this.code = code;
            this.errorClass = errorClass;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public ErrorClass errorClass() {
            return errorClass;
        }
    }
}
