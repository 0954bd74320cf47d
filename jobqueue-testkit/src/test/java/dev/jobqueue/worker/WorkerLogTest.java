package dev.jobqueue.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class WorkerLogTest {
    private static final JobType<RawJson, RawJson> TYPE = JobType.raw("build:x86_64");

    private final Set<JobToken> tokens = ConcurrentHashMap.newKeySet();
    private final JobQueue queue = JobQueue.on(new DelegatingJobStore(new InMemoryJobStore()) {
        @Override
        public Claimed claim(ClaimRequest request) {
            request.slots().forEach(slot -> tokens.add(slot.token()));
            return super.claim(request);
        }
    });
    private final List<RecordedLog.Line> log = RecordedLog.start();

    @AfterEach
    void stop() {
        RecordedLog.stop();
        queue.close();
    }

    @Test
    @DisplayName("while a handler runs, the MDC has job id, type and attempt; afterwards what was there before")
    void mdc() throws Exception {
        JobId id = queue.enqueue(TYPE.job(null)).id();
        MDC.put(JobWorker.MDC_JOB_ID, "outer");
        JobWorker.builder(queue)
                .handler(TYPE, context -> {
                    RecordedLog.logger("app").info("building");
                    return null;
                })
                .build()
                .runUntilIdle();

        assertThat(log)
                .filteredOn(line -> line.text().contains("building"))
                .singleElement()
                .extracting(RecordedLog.Line::mdc)
                .isEqualTo(Map.of("jobId", id.toString(), "jobType", "build:x86_64", "jobAttempt", "1"));
        assertThat(MDC.getCopyOfContextMap()).isEqualTo(Map.of("jobId", "outer"));
        MDC.clear();
    }

    @Test
    @DisplayName("FIN-1: no token is ever logged, whatever happens")
    void noToken() throws Exception {
        queue.enqueue(TYPE.job(null).attempts(2, dev.jobqueue.Backoff.NONE));
        queue.enqueue(TYPE.job(null).timeout(Duration.ofMillis(1)));
        JobWorker.builder(queue)
                .handler(TYPE, context -> {
                    if (context.attempt() == 1) {
                        throw new IllegalStateException("boom in " + context);
                    }
                    queue.cancel(context.id(), "enough");
                    assertThat(context.confirm()).isFalse();
                    return null;
                })
                .build()
                .runUntilIdle();

        assertThat(tokens).isNotEmpty();
        assertThat(log)
                .anySatisfy(line -> assertThat(line.text()).startsWith("WARN").contains("boom"));
        for (JobToken token : tokens) {
            assertThat(log).noneSatisfy(line -> assertThat(line.toString()).contains(token.reveal()));
        }
    }
}
