package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.JobError;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import java.util.Optional;
import java.util.Set;

/** The types of jobs. Those that run osbuild are stored as variants by architecture, so that a worker only gets what it can build (S25). */
public final class JobTypes {
    /** Builds an image; enqueue and ask for a {@linkplain JobType#variant variant}. */
    public static final JobType<OsbuildArgs, OsbuildResult> OSBUILD =
            type("osbuild", OsbuildArgs.class, OsbuildResult.class);

    /** Builds an image and uploads it to koji; enqueue and ask for a {@linkplain JobType#variant variant}. */
    public static final JobType<OsbuildKojiArgs, OsbuildKojiResult> OSBUILD_KOJI =
            type("osbuild-koji", OsbuildKojiArgs.class, OsbuildKojiResult.class);

    /** Opens a build in koji. */
    public static final JobType<KojiInitArgs, KojiInitResult> KOJI_INIT =
            type("koji-init", KojiInitArgs.class, KojiInitResult.class);

    /** Imports builds into koji, or marks koji's build as failed. */
    public static final JobType<KojiFinalizeArgs, KojiFinalizeResult> KOJI_FINALIZE =
            type("koji-finalize", KojiFinalizeArgs.class, KojiFinalizeResult.class);

    /** Chooses packages. */
    public static final JobType<DepsolveArgs, DepsolveResult> DEPSOLVE =
            type("depsolve", DepsolveArgs.class, DepsolveResult.class);

    private static final Set<String> BY_ARCHITECTURE =
            Set.of(OSBUILD.name().family(), OSBUILD_KOJI.name().family());

    private JobTypes() {}

    private static <A, R> JobType<A, R> type(String name, Class<A> args, Class<R> result) {
        return JobType.of(name, args, result).mapper(ComposerJson.MAPPER);
    }

    /**
     * The full name of what a worker of this architecture means by a type (S25).
     *
     * @throws IllegalArgumentException if it is no name of a type
     */
    public static TypeName requested(String type, String arch) {
        TypeName name = TypeName.parse(type);
        return name.variant().isEmpty() && BY_ARCHITECTURE.contains(name.family()) ? name.withVariant(arch) : name;
    }

    /**
     * How a job ended whose worker reported this result. It fails if the result tells of an error or of a build without success; the result is kept in
     * both cases, and dependents run in both (S22).
     *
     * @throws JobQueueException.Undecodable if it is no result of such a job
     */
    public static JobOutcome outcome(TypeName type, RawJson result) {
        return result(type, result)
                .flatMap(JobTypes::errorOf)
                .map(ReportedError::toJobError)
                .<JobOutcome>map(error -> failed(error, result))
                .orElseGet(() -> new JobOutcome.Succeeded(result));
    }

    private static JobOutcome failed(JobError error, RawJson result) {
        return new JobOutcome.Failed(error, Optional.of(result));
    }

    /** The error of a result in the shape of today; a build without success has one in any case (4.5). */
    private static Optional<ReportedError> errorOf(JobResult result) {
        boolean built = result instanceof OsbuildResult osbuild
                ? osbuild.success()
                : !(result instanceof OsbuildKojiResult koji) || koji.built();
        return result.jobError()
                .or(() -> built
                        ? Optional.empty()
                        : Optional.of(ReportedError.of(ImageError.BUILD_JOB, "osbuild did not build the image")));
    }

    /**
     * The result of a job in the shape of today, whatever the shape that its worker knew. JSON null is a result without anything in it.
     *
     * @throws JobQueueException.Undecodable if it is no result of such a job
     */
    public static <R extends JobResult> R result(JobType<?, R> type, Class<R> resultClass, RawJson stored) {
        return resultClass.cast(result(type.name(), stored)
                .orElseThrow(() -> new IllegalArgumentException("not a type of this service: " + type)));
    }

    /** The result in the shape of today; empty for types of others. JSON null is a result without anything in it. */
    static Optional<JobResult> result(TypeName type, RawJson stored) {
        RawJson json = stored.isNull() ? RawJson.of("{}") : stored;
        if (OSBUILD.name().covers(type)) {
            return Optional.of(OSBUILD.decodeResult(json).upgraded(json));
        }
        if (OSBUILD_KOJI.name().covers(type)) {
            return Optional.of(OSBUILD_KOJI.decodeResult(json).upgraded());
        }
        if (KOJI_INIT.name().covers(type)) {
            return Optional.of(KOJI_INIT.decodeResult(json).upgraded());
        }
        if (KOJI_FINALIZE.name().covers(type)) {
            return Optional.of(KOJI_FINALIZE.decodeResult(json).upgraded());
        }
        return DEPSOLVE.name().covers(type)
                ? Optional.of(DEPSOLVE.decodeResult(json).upgraded())
                : Optional.empty();
    }

    /** The same result with this error. */
    static JobResult withError(JobResult result, ReportedError error) {
        if (result instanceof OsbuildResult osbuild) {
            return osbuild.withError(error);
        }
        if (result instanceof OsbuildKojiResult koji) {
            return koji.withError(error);
        }
        if (result instanceof KojiInitResult init) {
            return init.withError(error);
        }
        return result instanceof DepsolveResult depsolve
                ? depsolve.withError(error)
                : ((KojiFinalizeResult) result).withError(error);
    }
}
