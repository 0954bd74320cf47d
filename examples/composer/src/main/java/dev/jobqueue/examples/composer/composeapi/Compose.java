package dev.jobqueue.examples.composer.composeapi;

import dev.jobqueue.Dependency;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiInitResult;
import dev.jobqueue.examples.composer.jobs.OsbuildKojiResult;
import dev.jobqueue.examples.composer.jobs.OsbuildResult;
import dev.jobqueue.examples.composer.jobs.Statuses;
import dev.jobqueue.examples.composer.jobs.Statuses.ComposeState;
import dev.jobqueue.examples.composer.jobs.Statuses.ImageState;
import java.util.List;
import java.util.Optional;

/**
 * A compose as its jobs show it: one build, one build of a compose for koji looked at alone, or a koji-finalize with all that it depends on (S6).
 *
 * <p>Reads jobs when asked; nothing is kept.
 */
abstract sealed class Compose {
    final ComposerJobs jobs;
    final JobQueue queue;
    final JobId id;

    private Compose(JobQueue queue, JobId id) {
        this.queue = queue;
        this.id = id;
        jobs = new ComposerJobs(queue);
    }

    /**
     * The compose with this id.
     *
     * @param channel of the caller's tenant: the composes of others are not there for it
     * @throws ApiException if there is none, or the job is of a type that is no compose
     */
    static Compose of(JobQueue queue, JobId id, String channel) {
        JobStatus<RawJson> job;
        try {
            job = queue.status(id);
        } catch (JobQueueException.NotFound e) {
            throw new ApiException(ComposeError.NO_COMPOSE, "no job " + id, e);
        }
        if (!job.channel().equals(channel)) {
            throw new ApiException(ComposeError.NO_COMPOSE, "job " + id + " of another tenant");
        }
        String family = job.type().family();
        if (family.equals(JobTypes.OSBUILD.name().family())) {
            return new Plain(queue, id);
        }
        if (family.equals(JobTypes.OSBUILD_KOJI.name().family())) {
            return new KojiBuild(queue, id);
        }
        if (family.equals(JobTypes.KOJI_FINALIZE.name().family())) {
            return new Koji(queue, id);
        }
        throw new ApiException(ComposeError.WRONG_JOB_TYPE, "job " + id + " of type " + family);
    }

    /** What a compose has come to. */
    record State(ComposeState state, List<Image> images, Optional<Long> kojiBuildId) {}

    /** What one image has come to, with the error of its build, or how far that is, if there is one. */
    record Image(ImageState state, Optional<RawJson> error, Optional<RawJson> progress) {}

    /** The logs: the result of each build as its worker wrote it, null if there is none (yet). */
    record Logs(List<RawJson> builds, Optional<KojiLogs> koji) {}

    /** The results of the jobs around the builds. */
    record KojiLogs(RawJson init, RawJson end) {}

    abstract State state();

    /** The jobs that build, in the order of the images. */
    abstract List<JobId> builds();

    Optional<KojiLogs> kojiLogs() {
        return Optional.empty();
    }

    /** Whether this stands for itself, so that it may be deleted. */
    boolean whole() {
        return true;
    }

    final Logs logs() {
        return new Logs(builds().stream().map(this::result).toList(), kojiLogs());
    }

    /** What each build was given. */
    final List<RawJson> manifests() {
        return builds().stream()
                .map(build -> queue.job(build).args())
                .map(args -> ComposerJson.field(args, "manifest"))
                .toList();
    }

    /** What osbuild says about each image; null if it says nothing. */
    final List<RawJson> metadata() {
        return builds().stream()
                .map(this::result)
                .map(result -> ComposerJson.field(ComposerJson.field(result, "osbuild_output"), "metadata"))
                .toList();
    }

    final RawJson result(JobId job) {
        return queue.status(job).result().orElse(RawJson.NULL);
    }

    final Image image(ImageState state, JobStatus<?> build) {
        return new Image(state, jobs.error(build.id()).map(ComposerJson::raw), build.progress());
    }

    private static final class Plain extends Compose {
        Plain(JobQueue queue, JobId id) {
            super(queue, id);
        }

        @Override
        State state() {
            JobStatus<OsbuildResult> build = jobs.osbuild(id);
            return new State(Statuses.compose(build), List.of(image(Statuses.image(build), build)), Optional.empty());
        }

        @Override
        List<JobId> builds() {
            return List.of(id);
        }
    }

    private static final class KojiBuild extends Compose {
        KojiBuild(JobQueue queue, JobId id) {
            super(queue, id);
        }

        @Override
        State state() {
            JobStatus<OsbuildKojiResult> build = jobs.osbuildKoji(id);
            JobStatus<KojiInitResult> init =
                    jobs.kojiInit(dependencies(queue, id, 1).get(0));
            Image image = image(Statuses.kojiImage(init, build), build);
            return new State(Statuses.kojiBuild(init, build), List.of(image), Koji.buildId(init));
        }

        @Override
        List<JobId> builds() {
            return List.of(id);
        }

        @Override
        boolean whole() {
            return false;
        }
    }

    private static final class Koji extends Compose {
        private final List<JobId> dependencies;

        Koji(JobQueue queue, JobId id) {
            super(queue, id);
            dependencies = dependencies(queue, id, 2);
        }

        @Override
        State state() {
            JobStatus<KojiInitResult> init = jobs.kojiInit(dependencies.get(0));
            List<JobStatus<OsbuildKojiResult>> builds =
                    builds().stream().map(jobs::osbuildKoji).toList();
            List<Image> images = builds.stream()
                    .map(build -> image(Statuses.kojiImage(init, build), build))
                    .toList();
            return new State(Statuses.kojiCompose(init, builds, jobs.kojiFinalize(id)), images, buildId(init));
        }

        private static Optional<Long> buildId(JobStatus<KojiInitResult> init) {
            return init.result().map(KojiInitResult::buildId).filter(build -> build != 0);
        }

        @Override
        List<JobId> builds() {
            return dependencies.subList(1, dependencies.size());
        }

        @Override
        Optional<KojiLogs> kojiLogs() {
            return Optional.of(new KojiLogs(result(dependencies.get(0)), result(id)));
        }
    }

    private static List<JobId> dependencies(JobQueue queue, JobId id, int atLeast) {
        List<JobId> ids =
                queue.job(id).dependencies().stream().map(Dependency::id).toList();
        if (ids.size() < atLeast) {
            throw new ApiException(
                    ComposeError.KOJI_DEPENDENCIES, "job " + id + " has " + ids.size() + " dependencies");
        }
        return ids;
    }
}
