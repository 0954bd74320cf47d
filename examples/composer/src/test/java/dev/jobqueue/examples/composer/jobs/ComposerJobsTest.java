package dev.jobqueue.examples.composer.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.Dependency;
import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobGraph;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JobQueueExtension.class)
class ComposerJobsTest {
    private static final JobId UNKNOWN = new JobId(new UUID(1, 2));

    @Test
    @DisplayName("S1: a reader refuses a job of another type and names both types")
    void readerNamesTheTypeExpectedAndTheTypeFound(JobQueue queue) {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId build = jobs.enqueue(ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()));

        assertThat(jobs.osbuild(build).type()).hasToString("osbuild:x86_64");
        assertThatThrownBy(() -> jobs.osbuildKoji(build))
                .isInstanceOf(JobQueueException.TypeMismatch.class)
                .hasMessageContainingAll("osbuild:x86_64", "osbuild-koji");
        assertThatThrownBy(() -> jobs.kojiFinalize(build))
                .isInstanceOf(JobQueueException.TypeMismatch.class)
                .hasMessageContainingAll("osbuild:x86_64", "koji-finalize");
    }

    @Test
    @DisplayName("S1: a result is there only when the job is finished, and not if it was canceled")
    void resultOfFinishedJobsOnly(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId id = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        assertThat(jobs.kojiInit(id).result()).isEmpty();
        RunningJob<?, ?> running = Workers.take(queue, JobTypes.KOJI_INIT);
        assertThat(jobs.kojiInit(id).result()).isEmpty();
        Workers.report(queue, running, "{\"build_id\":17,\"token\":\"secret\"}");
        assertThat(jobs.kojiInit(id).result()).contains(new KojiInitResult(17, "secret", "", Optional.empty()));

        JobId canceled = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        queue.cancel(canceled, "not needed");
        assertThat(jobs.kojiInit(canceled).result()).isEmpty();
        assertThat(jobs.kojiInit(canceled).state()).isEqualTo(JobState.CANCELED);
    }

    @Test
    @DisplayName("S2: the type of any job is told without its architecture; an unknown id is not found")
    void familyOfAnyJob(JobQueue queue) {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("s390x");
        jobs.enqueue(compose);

        assertThat(jobs.family(compose.builds().get(0))).isEqualTo("osbuild-koji");
        assertThat(jobs.family(compose.finalizeJob())).isEqualTo("koji-finalize");
        assertThatThrownBy(() -> jobs.family(UNKNOWN)).isInstanceOf(JobQueueException.NotFound.class);
        assertThatThrownBy(() -> jobs.osbuild(UNKNOWN)).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName("S24: each typed request stores its type, its args and its dependencies in order")
    void typedRequests(JobQueue queue) {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId init = jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        OsbuildKojiArgs buildArgs = new OsbuildKojiArgs(
                Workers.MANIFEST,
                "a.tar",
                List.of("tree"),
                Optional.empty(),
                "https://koji",
                "dir",
                "n-1-1.x86_64.tar");
        JobId second = jobs.enqueue(ComposerJobs.osbuildKoji("x86_64", buildArgs, init));
        JobId first = jobs.enqueue(ComposerJobs.osbuildKoji("aarch64", buildArgs, init));
        KojiFinalizeArgs finalizeArgs =
                new KojiFinalizeArgs("https://koji", "n", "1", "1", List.of("b", "a"), "dir", 3, 4);
        JobId end = jobs.enqueue(ComposerJobs.kojiFinalize(finalizeArgs, init, List.of(first, second)));
        DepsolveArgs depsolveArgs = new DepsolveArgs(
                Map.of("os", new DepsolveArgs.PackageSet(List.of("kernel"), List.of())),
                List.of(RawJson.of("{\"baseurl\":\"https://repo\"}")),
                "platform:f42",
                "x86_64",
                "42");
        JobId depsolve = jobs.enqueue(ComposerJobs.depsolve(depsolveArgs));

        assertThat(queue.job(JobTypes.KOJI_INIT, init).args()).isEqualTo(Workers.BUILD);
        assertThat(queue.job(JobTypes.OSBUILD_KOJI, second).args()).isEqualTo(buildArgs);
        assertThat(queue.job(JobTypes.KOJI_FINALIZE, end).args()).isEqualTo(finalizeArgs);
        assertThat(queue.job(JobTypes.DEPSOLVE, depsolve).args()).isEqualTo(depsolveArgs);
        assertThat(queue.job(end).args().toString())
                .contains("\"koji_filenames\":[\"b\",\"a\"]", "\"task_id\":3", "\"start_time\":4");
        assertThat(queue.job(end).dependencies()).extracting(Dependency::id).containsExactly(init, first, second);
    }

    @Test
    @DisplayName("S25: builds are stored by architecture, and a worker's request is rewritten to its own")
    void buildsByArchitecture(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        JobId id = jobs.enqueue(ComposerJobs.osbuild("aarch64", Workers.osbuildArgs()));

        assertThat(queue.jobType(id)).hasToString("osbuild:aarch64");
        assertThat(JobTypes.requested("osbuild", "aarch64")).hasToString("osbuild:aarch64");
        assertThat(JobTypes.requested("osbuild-koji", "s390x")).hasToString("osbuild-koji:s390x");
        assertThat(JobTypes.requested("koji-init", "s390x")).hasToString("koji-init");
        assertThat(queue.dequeue(JobTypes.OSBUILD.variant("x86_64"), Duration.ZERO))
                .isEmpty();
        assertThat(Workers.take(queue, JobTypes.OSBUILD.variant("aarch64")).id())
                .isEqualTo(id);
    }

    @Test
    @DisplayName("S26: a job gets the raw results of its dependencies in their order; one without a result is null")
    void dynamicArgs(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":17, \"odd\":1e2}");
        queue.cancel(compose.builds().get(0), "no");
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("aarch64"), "{\"osbuild_output\":{\"success\":true}}");

        RunningJob<KojiFinalizeArgs, KojiFinalizeResult> end = Workers.take(queue, JobTypes.KOJI_FINALIZE);
        List<RawJson> results = new ArrayList<>();
        for (DependencyOutcome<RawJson> outcome : end.dependencies()) {
            results.add(outcome.result().orElse(RawJson.NULL));
        }
        assertThat(results)
                .extracting(RawJson::toString)
                .containsExactly("{\"build_id\":17, \"odd\":1e2}", "null", "{\"osbuild_output\":{\"success\":true}}");
    }

    @Test
    @DisplayName("S27: a compose for koji is koji-init, builds, koji-finalize, in one channel and one step")
    void kojiComposeIsOneGraph(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        jobs.enqueue(compose);

        JobGraph graph = queue.graph(compose.finalizeJob());
        assertThat(graph.jobs()).hasSize(4);
        assertThat(graph.jobs().get(compose.init()).dependencies()).isEmpty();
        for (JobId build : compose.builds()) {
            assertThat(graph.jobs().get(build).dependencies()).containsExactly(new Dependency(compose.init(), false));
        }
        assertThat(graph.jobs().get(compose.finalizeJob()).dependencies())
                .extracting(Dependency::id)
                .containsExactly(
                        compose.init(),
                        compose.builds().get(0),
                        compose.builds().get(1));
        assertThat(queue.job(JobTypes.KOJI_FINALIZE, compose.finalizeJob())
                        .args()
                        .kojiFilenames())
                .containsExactly("fedora-42-1.x86_64.qcow2", "fedora-42-1.aarch64.qcow2");
        assertThat(queue.counts()).allMatch(count -> count.pair().channel().equals("org-1"));
        assertThat(queue.counts().stream().mapToLong(count -> count.count()).sum())
                .isEqualTo(4);
    }

    @Test
    @DisplayName("S27: of a compose that is refused no job is stored")
    void kojiComposeIsAllOrNothing(JobQueue queue) {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose good = Workers.kojiCompose("x86_64");
        List<JobRequest<?, ?>> requests = new ArrayList<>(good.requests());
        requests.set(
                2,
                ComposerJobs.kojiFinalize(
                        new KojiFinalizeArgs("s", "n", "v", "r", List.of(), "d", 0, 0), good.init(), List.of(UNKNOWN)));
        KojiCompose bad = new KojiCompose(
                requests, good.init(), good.builds(), requests.get(2).id());

        assertThatThrownBy(() -> jobs.enqueue(bad)).isInstanceOf(JobQueueException.Invalid.class);
        assertThat(queue.counts()).isEmpty();
    }

    @Test
    @DisplayName("S22: a failure is not copied: dependents run, and read what their dependencies came to")
    void dependentsOfAFailureRun(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64");
        jobs.enqueue(compose);
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"job_error\":{\"id\":15,\"reason\":\"koji says no\"}}");

        RunningJob<?, ?> build = Workers.take(queue, JobTypes.OSBUILD_KOJI.variant("x86_64"));
        DependencyOutcome<KojiInitResult> init = build.dependency(0, JobTypes.KOJI_INIT);
        assertThat(init.state()).isEqualTo(JobState.FAILED);
        assertThat(init.result().orElseThrow().jobError())
                .contains(ReportedError.of(ImageError.KOJI_INIT, "koji says no"));
        Workers.report(queue, build, "{\"job_error\":{\"id\":26,\"reason\":\"koji-init failed\"}}");
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");

        assertThat(jobs.kojiFinalize(compose.finalizeJob()).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(queue.graph(compose.finalizeJob()).outcome()).isEqualTo(JobGraph.Outcome.FAILED);
    }

    @Test
    @DisplayName(
            "S28: a result is kept as its worker wrote it, with fields that nobody here knows, also beside an error")
    void resultIsKeptRaw(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        String result =
                "{\"new\": [1.0, 1e2],\"job_error\":{\"id\":10,\"reason\":\"r\",\"details\":[null]},\"success\":false}";
        JobId id = jobs.enqueue(ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()));
        Workers.run(queue, JobTypes.OSBUILD.variant("x86_64"), result);

        assertThat(queue.status(id).result()).contains(RawJson.of(result));
        assertThat(queue.status(id).error().orElseThrow().code()).isEqualTo(10);
    }

    @Test
    @DisplayName(
            "S18, S19: a job's type, args and dependencies can be read back in every state, and its args in their class")
    void definitionInEveryState(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64");
        jobs.enqueue(compose);
        JobId build = compose.builds().get(0);
        JobType<OsbuildKojiArgs, OsbuildKojiResult> type = JobTypes.OSBUILD_KOJI.variant("x86_64");
        Job<RawJson> given = queue.job(build);
        assertThat(given.type()).isEqualTo(type.name());
        assertThat(given.dependencies()).extracting(Dependency::id).containsExactly(compose.init());
        assertThat(given.options().channel()).isEqualTo("org-1");
        OsbuildKojiArgs args = queue.job(type, build).args();
        assertThat(args.kojiFilename()).isEqualTo("fedora-42-1.x86_64.qcow2");
        assertThat(args.manifest()).isEqualTo(Workers.MANIFEST);

        List<JobState> states = new ArrayList<>(List.of(queue.status(build).state()));
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":17}");
        states.add(queue.status(build).state());
        assertThat(queue.job(build)).isEqualTo(given);
        RunningJob<?, ?> running = Workers.take(queue, type);
        states.add(queue.status(build).state());
        assertThat(queue.job(build)).isEqualTo(given);
        Workers.report(queue, running, "{\"osbuild_output\":{\"success\":true}}");
        states.add(queue.status(build).state());
        assertThat(queue.job(build)).isEqualTo(given);
        assertThat(states).containsExactly(JobState.BLOCKED, JobState.READY, JobState.RUNNING, JobState.SUCCEEDED);

        Job<RawJson> last = queue.job(compose.finalizeJob());
        queue.cancel(compose.finalizeJob(), "no");
        assertThat(queue.job(compose.finalizeJob())).isEqualTo(last);
        assertThatThrownBy(() -> queue.job(UNKNOWN)).isInstanceOf(JobQueueException.NotFound.class);
    }

    @Test
    @DisplayName("S19: args that do not fit the class of the caller, and another type, are refused")
    void argsOfAnotherClass(JobQueue queue) {
        JobId id =
                queue.enqueue(JobType.raw("koji-init").job(RawJson.of("[1]"))).id();
        assertThatThrownBy(() -> queue.job(JobTypes.KOJI_INIT, id)).isInstanceOf(JobQueueException.Undecodable.class);
        assertThatThrownBy(() -> queue.job(JobTypes.DEPSOLVE, id)).isInstanceOf(JobQueueException.TypeMismatch.class);
        assertThat(queue.job(id).args()).isEqualTo(RawJson.of("[1]"));
    }

    @Test
    @DisplayName("S23: a status names the dependencies in their order, in every state")
    void dependenciesOfAStatus(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64", "s390x");
        jobs.enqueue(compose);
        List<JobId> expected = new ArrayList<>(List.of(compose.init()));
        expected.addAll(compose.builds());
        assertThat(dependencies(queue, compose.finalizeJob())).isEqualTo(expected);
        assertThat(dependencies(queue, compose.init())).isEmpty();

        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":17}");
        for (String arch : List.of("s390x", "x86_64", "aarch64")) {
            Workers.run(queue, JobTypes.OSBUILD_KOJI.variant(arch), "{\"osbuild_output\":{\"success\":true}}");
        }
        Workers.run(queue, JobTypes.KOJI_FINALIZE, "{}");
        assertThat(dependencies(queue, compose.finalizeJob())).isEqualTo(expected);
    }

    private static List<JobId> dependencies(JobQueue queue, JobId id) {
        return queue.status(id).dependencies().stream()
                .map(DependencyOutcome::id)
                .toList();
    }

    @Test
    @DisplayName(
            "S29, F12: a job is dequeued once, with its dependencies as they were given: in order, and twice what was named twice")
    void dependenciesOfADequeuedJob(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        KojiCompose compose = Workers.kojiCompose("x86_64", "aarch64");
        jobs.enqueue(compose);
        JobId first = compose.builds().get(0);
        JobId second = compose.builds().get(1);
        KojiFinalizeArgs args = new KojiFinalizeArgs("s", "n", "v", "r", List.of("a", "b", "c"), "d", 0, 0);
        JobId twice = jobs.enqueue(ComposerJobs.kojiFinalize(args, compose.init(), List.of(second, first, second)));
        queue.cancel(compose.finalizeJob(), "not this one");
        Workers.run(queue, JobTypes.KOJI_INIT, "{\"build_id\":17}");
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("aarch64"), "{\"image_size\":2}");
        Workers.run(queue, JobTypes.OSBUILD_KOJI.variant("x86_64"), "{\"image_size\":1}");

        RunningJob<KojiFinalizeArgs, KojiFinalizeResult> job = Workers.take(queue, JobTypes.KOJI_FINALIZE);
        assertThat(job.id()).isEqualTo(twice);
        assertThat(job.dependencies())
                .extracting(DependencyOutcome::id)
                .containsExactly(compose.init(), second, first, second);
        assertThat(job.dependencies().subList(1, 4))
                .extracting(outcome -> outcome.result().orElseThrow().toString())
                .containsExactly("{\"image_size\":2}", "{\"image_size\":1}", "{\"image_size\":2}");
        assertThat(queue.dequeue(Selector.of(JobTypes.KOJI_FINALIZE).anyChannel(), Duration.ZERO))
                .isEmpty();
        Workers.report(queue, job, "{}");
        assertThat(queue.dequeue(Selector.of(JobTypes.KOJI_FINALIZE).anyChannel(), Duration.ZERO))
                .isEmpty();
    }

    @Test
    @DisplayName("S30: one waiter takes jobs of several types and gets type and args with each")
    void oneWaiterForSeveralTypes(JobQueue queue) throws Exception {
        ComposerJobs jobs = new ComposerJobs(queue);
        jobs.enqueue(ComposerJobs.kojiInit(Workers.BUILD));
        jobs.enqueue(ComposerJobs.osbuild("x86_64", Workers.osbuildArgs()));
        JobType<OsbuildArgs, OsbuildResult> osbuild = JobTypes.OSBUILD.variant("x86_64");
        Selector both = Selector.of(JobTypes.KOJI_INIT, osbuild);

        assertThat(queue.dequeue(both, Duration.ZERO)
                        .orElseThrow()
                        .as(JobTypes.KOJI_INIT)
                        .args())
                .isEqualTo(Workers.BUILD);
        assertThat(queue.dequeue(both, Duration.ZERO).orElseThrow().as(osbuild).args())
                .isEqualTo(Workers.osbuildArgs());
    }
}
