package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.JobId;
import dev.jobqueue.JobRequest;
import dev.jobqueue.RawJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of one compose for koji (S27): koji-init, a build for each image that depends on it, and a koji-finalize that depends on all of these, in this order (S24).
 *
 * <p>The ids are made here, so enqueuing the same object again after a lost answer makes no second compose. Nothing is required of a dependency: the
 * builds and koji-finalize run even if koji-init failed, for somebody has to tell koji (S22).
 *
 * @param requests all the jobs, in the order of their enqueue
 * @param finalizeJob koji-finalize, whose id is that of the compose (S5)
 */
public record KojiCompose(List<JobRequest<?, ?>> requests, JobId init, List<JobId> builds, JobId finalizeJob) {
    public KojiCompose {
        requests = List.copyOf(requests);
        builds = List.copyOf(builds);
    }

    /**
     * One image of a compose.
     *
     * @param imageName its name as an export of the manifest; what follows its first dot is kept in koji
     */
    public record Image(
            String arch, RawJson manifest, String imageName, List<String> exports, Optional<RawJson> pipelineNames) {
        public Image {
            exports = List.copyOf(exports);
        }
    }

    /**
     * Plans a compose.
     *
     * @param build which build to open in koji
     * @param taskId koji's number of the task that this belongs to, 0 or more
     * @param startTime in seconds since 1970
     * @param images at least one
     * @param channel of all its jobs
     */
    public static KojiCompose plan(
            KojiInitArgs build, long taskId, long startTime, List<Image> images, String channel) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("a compose has at least one image");
        }
        String directory = KojiNames.newDirectory();
        JobRequest<KojiInitArgs, KojiInitResult> init =
                ComposerJobs.kojiInit(build).channel(channel);
        List<JobRequest<?, ?>> requests = new ArrayList<>(List.of(init));
        List<JobId> builds = new ArrayList<>();
        List<String> filenames = new ArrayList<>();
        for (Image image : images) {
            String filename = KojiNames.filename(build, image.arch(), image.imageName());
            OsbuildKojiArgs args = new OsbuildKojiArgs(
                    image.manifest(),
                    image.imageName(),
                    image.exports(),
                    image.pipelineNames(),
                    build.server(),
                    directory,
                    filename);
            JobRequest<?, ?> request =
                    ComposerJobs.osbuildKoji(image.arch(), args, init.id()).channel(channel);
            requests.add(request);
            builds.add(request.id());
            filenames.add(filename);
        }
        KojiFinalizeArgs args = new KojiFinalizeArgs(
                build.server(),
                build.name(),
                build.version(),
                build.release(),
                filenames,
                directory,
                taskId,
                startTime);
        JobRequest<?, ?> finalize =
                ComposerJobs.kojiFinalize(args, init.id(), builds).channel(channel);
        requests.add(finalize);
        return new KojiCompose(requests, init.id(), builds, finalize.id());
    }
}
