package dev.jobqueue.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.Backoff;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The decisions that every store makes alike. */
class StoreRulesTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobError BROKEN = new JobError(7, ErrorClass.CLIENT, "broken", RawJson.NULL, false);

    private final JobId id = JobId.create();
    private final JobId other = JobId.create();

    private static JobOptions options(JobRequest<RawJson, RawJson> request) {
        return request.job().options();
    }

    @Test
    @DisplayName("ENQ-4: the same content is the same type, args, dependencies and options")
    void sameContent() {
        JobRequest<RawJson, RawJson> request = BUILD.job(RawJson.of("1")).dependsOn(id);
        Job<RawJson> job = request.job();
        assertThat(StoreRules.sameContent(job, request.job())).isTrue();
        for (JobRequest<RawJson, RawJson> changed :
                List.of(request.dependsOn(other), request.priority(1), request.requires(id))) {
            assertThat(StoreRules.sameContent(job, changed.job())).isFalse();
        }
        assertThat(StoreRules.otherContentMessage(id)).contains(id.toString());
        assertThat(StoreRules.unknownDependencyMessage(id, other)).contains(id.toString(), other.toString());
        assertThat(StoreRules.tooLargeMessage(id, 77)).contains(id.toString(), "77");
    }

    @Test
    @DisplayName("DEP-3, ENQ-5: edges keep their places, go to the holders of keys, and are required if named so once")
    void edges() {
        JobId holder = JobId.create();
        List<Dependency> given = List.of(
                new Dependency(id, false),
                new Dependency(other, false),
                new Dependency(holder, true),
                new Dependency(other, false));
        assertThat(StoreRules.edges(given, at -> Map.of(id, holder).getOrDefault(at, at)))
                .containsExactly(
                        new Dependency(holder, true),
                        new Dependency(other, false),
                        new Dependency(holder, true),
                        new Dependency(other, false));
        assertThat(StoreRules.edges(List.of(), at -> at)).isEmpty();
    }

    @Test
    @DisplayName("FIN-8: each outcome ends an attempt in its way")
    void endOf() {
        assertThat(StoreRules.endOf(new JobOutcome.Succeeded(RawJson.NULL))).isEqualTo(Attempt.End.SUCCEEDED);
        assertThat(StoreRules.endOf(new JobOutcome.Failed(BROKEN))).isEqualTo(Attempt.End.FAILED);
        assertThat(StoreRules.endOf(new JobOutcome.Released(Duration.ZERO))).isEqualTo(Attempt.End.RELEASED);
    }

    @Test
    @DisplayName("FIN-3: a failure is followed by another attempt while there are some left, unless it is permanent")
    void retryAfter() {
        JobOptions options = options(BUILD.job(null).attempts(3, Backoff.fixed(Duration.ofSeconds(10))));
        assertThat(StoreRules.retryAfter(options, 1, BROKEN, 0)).contains(Duration.ofSeconds(10));
        assertThat(StoreRules.retryAfter(options, 2, BROKEN, 0.5)).contains(Duration.ofSeconds(9));
        assertThat(StoreRules.retryAfter(options, 3, BROKEN, 0)).isEmpty();
        JobError permanent = new JobError(7, ErrorClass.CLIENT, "broken", RawJson.NULL, true);
        assertThat(StoreRules.retryAfter(options, 1, permanent, 0)).isEmpty();
    }

    @Test
    @DisplayName("HB-2: a job recovers as often as its options say")
    void recovers() {
        JobOptions options = options(BUILD.job(null).recoveries(1));
        assertThat(StoreRules.recovers(options, 0)).isTrue();
        assertThat(StoreRules.recovers(options, 1)).isFalse();
    }

    @Test
    @DisplayName("ERR-2: the errors of the library have their codes and say what was exceeded")
    void errors() {
        JobError lost = StoreRules.heartbeatLost("worker-7", Duration.ofSeconds(90));
        assertThat(lost.code()).isEqualTo(LibraryError.HEARTBEAT_LOST.code());
        assertThat(lost.reason()).contains("worker-7", "PT1M30S");
        JobError late = StoreRules.timedOut(Duration.ofSeconds(90));
        assertThat(late.code()).isEqualTo(LibraryError.TIMED_OUT.code());
        assertThat(late.reason()).contains("PT1M30S");
    }

    @Test
    @DisplayName("ERR-3: a failed dependency gives its class, and is the root; details are flat, one longer a step")
    void dependencyFailed() {
        JobError first = StoreRules.dependencyFailed(id, JobState.FAILED, BROKEN, null);
        assertThat(first.code()).isEqualTo(LibraryError.DEPENDENCY_FAILED.code());
        assertThat(first.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(first.permanent()).isTrue();
        assertThat(first.reason()).isEqualTo("required dependency " + id + " failed");
        assertThat(first.details())
                .hasToString("{\"dependency\":\"" + id + "\",\"root\":\"" + id
                        + "\",\"rootCode\":7,\"rootReason\":\"broken\",\"length\":1}");
        JobError second = StoreRules.dependencyFailed(other, JobState.FAILED, first, null);
        assertThat(second.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(second.details())
                .hasToString("{\"dependency\":\"" + other + "\",\"root\":\"" + id
                        + "\",\"rootCode\":7,\"rootReason\":\"broken\",\"length\":2}");
    }

    @Test
    @DisplayName("ERR-3: a canceled dependency is a root without a code, with the reason of the cancel")
    void dependencyCanceled() {
        JobError first = StoreRules.dependencyFailed(id, JobState.CANCELED, null, "enough");
        assertThat(first.errorClass()).isEqualTo(ErrorClass.CLIENT);
        assertThat(first.reason()).isEqualTo("required dependency " + id + " was canceled");
        String root = "\"root\":\"" + id + "\",\"rootCode\":null,\"rootReason\":\"enough\"";
        assertThat(first.details()).hasToString("{\"dependency\":\"" + id + "\"," + root + ",\"length\":1}");
        JobError second = StoreRules.dependencyFailed(other, JobState.FAILED, first, null);
        assertThat(second.details()).hasToString("{\"dependency\":\"" + other + "\"," + root + ",\"length\":2}");
    }

    @Test
    @DisplayName("ERR-3: an error of another writer that lacks details is its own root")
    void detailsMayBeMissing() {
        JobError bare = new JobError(
                LibraryError.DEPENDENCY_FAILED.code(), ErrorClass.INTERNAL, "text", RawJson.of("{}"), true);
        JobError error = StoreRules.dependencyFailed(id, JobState.FAILED, bare, null);
        assertThat(error.errorClass()).isEqualTo(ErrorClass.INTERNAL);
        assertThat(error.details())
                .hasToString("{\"dependency\":\"" + id + "\",\"root\":\"" + id
                        + "\",\"rootCode\":null,\"rootReason\":\"\",\"length\":1}");
        assertThat(error.permanent()).isTrue();
    }
}
