package dev.jobqueue.examples.composer.worker;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.build.BuildOutput;
import dev.jobqueue.examples.composer.build.ImageBuilder;
import dev.jobqueue.examples.composer.build.VmdkConverter;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.JobResult;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeArgs;
import dev.jobqueue.examples.composer.jobs.KojiFinalizeResult;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.KojiInitResult;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildKojiArgs;
import dev.jobqueue.examples.composer.jobs.OsbuildKojiResult;
import dev.jobqueue.examples.composer.jobs.OsbuildResult;
import dev.jobqueue.examples.composer.jobs.ReportedError;
import dev.jobqueue.examples.composer.koji.BuildName;
import dev.jobqueue.examples.composer.koji.ImportMetadata;
import dev.jobqueue.examples.composer.koji.KojiBuilds;
import dev.jobqueue.examples.composer.koji.KojiException;
import dev.jobqueue.examples.composer.koji.KojiHub;
import dev.jobqueue.examples.composer.koji.Reserved;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker does for jobs of each type. Whatever happens, there is a result to report (4.5). Thread-safe. */
public final class Steps {
    private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

    /** What is told to koji of this program. */
    private static final String VERSION = "1";

    private final ImageBuilder builder;
    private final Function<URI, KojiHub> hubs;
    private final Machine machine;
    private final Clock clock;
    private final VmdkConverter converter;
    private final Map<String, Step> steps = Map.of(
            JobTypes.OSBUILD.name().family(), this::osbuild,
            JobTypes.OSBUILD_KOJI.name().family(), this::osbuildKoji,
            JobTypes.KOJI_INIT.name().family(), this::kojiInit,
            JobTypes.KOJI_FINALIZE.name().family(), this::kojiFinalize);

    /** Does a job; an exception becomes a result. */
    private interface Step {
        Object run(Offer offer, Artifacts artifacts, Path directory)
                throws StepFailed, IOException, InterruptedException;
    }

    /** @param hubs the hub of a koji server */
    public Steps(ImageBuilder builder, Function<URI, KojiHub> hubs, Machine machine, Clock clock) {
        this(builder, hubs, machine, clock, VmdkConverter.here());
    }

    /** With this converter in place of the one of this machine. */
    Steps(ImageBuilder builder, Function<URI, KojiHub> hubs, Machine machine, Clock clock, VmdkConverter converter) {
        this.converter = converter;
        this.builder = builder;
        this.hubs = hubs;
        this.machine = machine;
        this.clock = clock;
    }

    /** The types that it can do. */
    List<String> types() {
        return steps.keySet().stream().sorted().toList();
    }

    /**
     * Runs a job.
     *
     * @param directory an empty one, for files
     * @return what to report
     */
    RawJson run(Offer offer, Artifacts artifacts, Path directory) throws InterruptedException {
        Step step = steps.getOrDefault(offer.type(), (o, a, d) -> {
            throw new StepFailed(ImageError.INVALID_CONFIG, "this worker does not know jobs of type " + o.type());
        });
        try {
            return ComposerJson.raw(step.run(offer, artifacts, directory));
        } catch (StepFailed e) {
            LOG.info("Job {} has failed", offer.id(), e);
            return onlyError(e.error());
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("Job {} has failed unexpectedly", offer.id(), e);
            return failed(ImageError.JOB_PANICKED, String.valueOf(e));
        }
    }

    /** What to report of a job that could not be done. */
    static RawJson failed(ImageError error, String reason) {
        return onlyError(ReportedError.of(error, reason));
    }

    private static RawJson onlyError(ReportedError error) {
        return ComposerJson.raw(Map.of("job_error", error));
    }

    // ---- builds

    private OsbuildResult osbuild(Offer offer, Artifacts artifacts, Path directory)
            throws StepFailed, IOException, InterruptedException {
        OsbuildArgs args = args(JobTypes.OSBUILD, offer);
        Optional<OsbuildArgs.Artifact> artifact = args.artifact();
        if (args.targets().size() > (args.imageName().isEmpty() && artifact.isPresent() ? 1 : 0)) {
            throw new StepFailed(ImageError.INVALID_TARGET, "this worker can send images to the service only");
        }
        if (artifact.isPresent() && artifact.get().streamOptimized() && !converter.available()) {
            throw new StepFailed(ImageError.INVALID_CONFIG, "this worker has no qemu-img to convert a VMDK with");
        }
        BuildOutput built = build(args.manifest(), args.exports(), directory);
        Optional<ReportedError> error = Optional.empty();
        if (built.success() && artifact.isPresent()) {
            error = upload(artifact.get(), args.exports(), artifacts, directory);
        }
        Optional<ReportedError> first = error.or(() -> failure(built));
        return new OsbuildResult(
                first.isEmpty(),
                Optional.of(built.json()),
                List.of(),
                Optional.empty(),
                args.pipelineNames(),
                machine.os(),
                machine.arch(),
                first);
    }

    private static Optional<ReportedError> failure(BuildOutput built) {
        return built.success()
                ? Optional.empty()
                : Optional.of(ReportedError.of(ImageError.BUILD_JOB, "osbuild did not build the image"));
    }

    private Optional<ReportedError> upload(
            OsbuildArgs.Artifact artifact, List<String> exports, Artifacts artifacts, Path directory)
            throws StepFailed, InterruptedException {
        String name = artifact.name();
        Path built = exported(name, exports, directory);
        Path file = artifact.streamOptimized() ? converted(built, directory) : built;
        try {
            artifacts.send(name, file);
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("The upload of {} has failed", name, e);
            return Optional.of(
                    ReportedError.of(ImageError.UPLOADING_IMAGE, "could not send " + name + ": " + e.getMessage()));
        }
    }

    /** The image for a stream, in a file of its own (S33). */
    private Path converted(Path image, Path directory) throws StepFailed, InterruptedException {
        try {
            return converter.convert(image, Files.createDirectory(directory.resolve("converted")));
        } catch (IOException e) {
            throw new StepFailed(ImageError.BUILD_JOB, "the image could not be converted: " + e.getMessage(), e);
        }
    }

    private BuildOutput build(RawJson manifest, List<String> exports, Path directory)
            throws StepFailed, IOException, InterruptedException {
        if (manifest.isNull()) {
            throw new StepFailed(ImageError.EMPTY_MANIFEST, "the job has no manifest");
        }
        if (exports.isEmpty()) {
            throw new StepFailed(ImageError.INVALID_TARGET_CONFIG, "the job names no export");
        }
        Path output = Files.createDirectory(directory.resolve("output"));
        try {
            return builder.build(manifest, exports, output);
        } catch (IOException e) {
            throw new StepFailed(ImageError.BUILD_JOB, "osbuild could not run: " + e.getMessage(), e);
        }
    }

    /** The file with this name in an export. */
    private static Path exported(String name, List<String> exports, Path directory) throws StepFailed {
        for (String export : exports) {
            Path folder = directory.resolve("output").resolve(export);
            Path file = folder.resolve(name).normalize();
            if (file.startsWith(folder) && Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new StepFailed(ImageError.INVALID_TARGET_CONFIG, "no file '" + name + "' in the exports " + exports);
    }

    private OsbuildKojiResult osbuildKoji(Offer offer, Artifacts artifacts, Path directory)
            throws StepFailed, IOException, InterruptedException {
        OsbuildKojiArgs args = args(JobTypes.OSBUILD_KOJI, offer);
        KojiInitResult init = dependency(JobTypes.KOJI_INIT, KojiInitResult.class, offer, 0);
        if (init.jobError().isPresent() || init.buildId() == 0) {
            throw new StepFailed(
                    ImageError.JOB_DEPENDENCY,
                    "koji has no build for this image",
                    init.jobError().stream().toList());
        }
        BuildOutput built = build(args.manifest(), args.exports(), directory);
        KojiHub.Sent sent = new KojiHub.Sent(0, "");
        Optional<ReportedError> error = failure(built);
        if (built.success()) {
            Path file = exported(args.imageName(), args.exports(), directory);
            try {
                sent = hub(args.kojiServer()).send(file, args.kojiDirectory(), args.kojiFilename());
            } catch (KojiException e) {
                LOG.warn("The upload of job {} to koji has failed", offer.id(), e);
                error = Optional.of(ReportedError.of(ImageError.UPLOADING_IMAGE, String.valueOf(e.getMessage())));
            }
        }
        return new OsbuildKojiResult(
                machine.os(), machine.arch(), Optional.of(built.json()), sent.md5(), sent.bytes(), "", error);
    }

    // ---- koji

    private KojiInitResult kojiInit(Offer offer, Artifacts artifacts, Path directory) throws StepFailed {
        KojiInitArgs args = args(JobTypes.KOJI_INIT, offer);
        BuildName name = new BuildName(args.name(), args.version(), args.release());
        try {
            Reserved build = new KojiBuilds(hub(args.server())).begin(name, offer.attempt() > 1);
            return new KojiInitResult(build.buildId(), build.token(), "", Optional.empty());
        } catch (KojiException e) {
            throw new StepFailed(ImageError.KOJI_INIT, "koji did not begin " + name + ": " + e.getMessage(), e);
        }
    }

    /** Koji is told before the service: a crash in between repeats both, and the first one sees what is done. */
    private KojiFinalizeResult kojiFinalize(Offer offer, Artifacts artifacts, Path directory) throws StepFailed {
        KojiFinalizeArgs args = args(JobTypes.KOJI_FINALIZE, offer);
        KojiInitResult init = dependency(JobTypes.KOJI_INIT, KojiInitResult.class, offer, 0);
        if (init.jobError().isPresent() || init.buildId() == 0) {
            throw new StepFailed(
                    ImageError.KOJI_FAILED_DEPENDENCY,
                    "koji has no build to end",
                    init.jobError().stream().toList());
        }
        List<OsbuildKojiResult> built = new ArrayList<>();
        List<ReportedError> errors = new ArrayList<>();
        for (int i = 0; i < args.kojiFilenames().size(); i++) {
            OsbuildKojiResult result = dependency(JobTypes.OSBUILD_KOJI, OsbuildKojiResult.class, offer, i + 1);
            built.add(result);
            result.jobError().ifPresent(errors::add);
        }
        Reserved build = new Reserved(init.buildId(), init.token());
        KojiBuilds builds = new KojiBuilds(hub(args.server()));
        boolean complete = errors.isEmpty() && built.stream().allMatch(OsbuildKojiResult::built);
        try {
            if (complete) {
                builds.complete(build, metadata(args, build, built), args.kojiDirectory());
                return new KojiFinalizeResult("", Optional.empty());
            }
            builds.fail(build);
        } catch (KojiException e) {
            throw new StepFailed(ImageError.KOJI_FINALIZE, "koji did not end the build: " + e.getMessage(), e);
        }
        throw new StepFailed(ImageError.KOJI_FAILED_DEPENDENCY, "at least one image was not built", errors);
    }

    private Map<String, Object> metadata(KojiFinalizeArgs args, Reserved build, List<OsbuildKojiResult> built) {
        List<ImportMetadata.Image> images = new ArrayList<>();
        for (int i = 0; i < built.size(); i++) {
            OsbuildKojiResult result = built.get(i);
            images.add(new ImportMetadata.Image(
                    args.kojiFilenames().get(i),
                    result.imageSize(),
                    result.imageHash(),
                    result.arch(),
                    result.hostOs()));
        }
        BuildName name = new BuildName(args.name(), args.version(), args.release());
        long now = clock.instant().getEpochSecond();
        return ImportMetadata.of(build.buildId(), args.taskId(), name, args.startTime(), now, VERSION, images);
    }

    private KojiHub hub(String server) throws StepFailed {
        try {
            return hubs.apply(URI.create(server));
        } catch (IllegalArgumentException e) {
            throw new StepFailed(ImageError.INVALID_TARGET_CONFIG, "not the URL of a koji hub: " + server, e);
        }
    }

    // ---- args

    private static <A> A args(JobType<A, ?> type, Offer offer) throws StepFailed {
        return decoded(ImageError.PARSING_JOB_ARGS, "the args of the job", () -> type.decodeArgs(offer.args()));
    }

    /** The result of a dependency in the shape of today: an older worker may have done it. */
    private static <R extends JobResult> R dependency(
            JobType<?, R> type, Class<R> resultClass, Offer offer, int position) throws StepFailed {
        if (position >= offer.dynamicArgs().size()) {
            throw new StepFailed(ImageError.NO_DYNAMIC_ARGS, "the job has no dependency at position " + position);
        }
        RawJson result = offer.dynamicArgs().get(position);
        return decoded(
                ImageError.PARSING_DYNAMIC_ARGS,
                "the result of dependency " + position,
                () -> JobTypes.result(type, resultClass, result));
    }

    private static <T> T decoded(ImageError error, String what, Supplier<T> json) throws StepFailed {
        try {
            return json.get();
        } catch (JobQueueException.Undecodable e) {
            throw new StepFailed(error, what + " cannot be read: " + e.getMessage(), e);
        }
    }
}
