package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import java.util.List;

/**
 * What the jobs of a compose come to, in the words of each API (S36). Pure functions of statuses; the order of the tests matters (5.3).
 *
 * <p>A compose for koji is unfinished until koji-finalize is, whatever has failed before: clients take a failure as final and would collect incomplete logs.
 */
public final class Statuses {
    private Statuses() {}

    /** The state of a whole compose. */
    public enum ComposeState {
        PENDING,
        SUCCESS,
        FAILURE
    }

    /** The state of one image. */
    public enum ImageState {
        PENDING,
        BUILDING,
        SUCCESS,
        FAILURE
    }

    /** The state of an image in the words of the oldest API. */
    public enum WeldrState {
        WAITING,
        RUNNING,
        FINISHED,
        FAILED
    }

    /** A compose of one plain build. */
    public static ComposeState compose(JobStatus<OsbuildResult> build) {
        if (canceled(build)) {
            return ComposeState.FAILURE;
        }
        if (!build.state().finished()) {
            return ComposeState.PENDING;
        }
        return success(build) ? ComposeState.SUCCESS : ComposeState.FAILURE;
    }

    /** The image of a plain build. */
    public static ImageState image(JobStatus<OsbuildResult> build) {
        if (canceled(build)) {
            return ImageState.FAILURE;
        }
        if (!build.state().finished()) {
            return unfinished(build);
        }
        return success(build) ? ImageState.SUCCESS : ImageState.FAILURE;
    }

    /** The image of a plain build, for the oldest API. */
    public static WeldrState weldr(JobStatus<OsbuildResult> build) {
        return switch (image(build)) {
            case PENDING -> WeldrState.WAITING;
            case BUILDING -> WeldrState.RUNNING;
            case SUCCESS -> WeldrState.FINISHED;
            case FAILURE -> WeldrState.FAILED;
        };
    }

    /** One image of a compose for koji; a koji-init that failed fails it even before it starts. */
    public static ImageState kojiImage(JobStatus<KojiInitResult> init, JobStatus<OsbuildKojiResult> build) {
        if (canceled(build) || failed(init)) {
            return ImageState.FAILURE;
        }
        if (!build.state().finished()) {
            return unfinished(build);
        }
        return built(build) ? ImageState.SUCCESS : ImageState.FAILURE;
    }

    /** One build of a compose for koji, looked at as a compose of its own (S6). */
    public static ComposeState kojiBuild(JobStatus<KojiInitResult> init, JobStatus<OsbuildKojiResult> build) {
        if (canceled(build)) {
            return ComposeState.FAILURE;
        }
        if (!build.state().finished()) {
            return ComposeState.PENDING;
        }
        return built(build) && !failed(init) ? ComposeState.SUCCESS : ComposeState.FAILURE;
    }

    /** A compose for koji. */
    public static ComposeState kojiCompose(
            JobStatus<KojiInitResult> init,
            List<JobStatus<OsbuildKojiResult>> builds,
            JobStatus<KojiFinalizeResult> finalize) {
        if (canceled(finalize)) {
            return ComposeState.FAILURE;
        }
        if (!finalize.state().finished()) {
            return ComposeState.PENDING;
        }
        boolean good = !failed(init) && builds.stream().allMatch(Statuses::built) && !failed(finalize);
        return good ? ComposeState.SUCCESS : ComposeState.FAILURE;
    }

    private static ImageState unfinished(JobStatus<?> build) {
        return build.state().pending() ? ImageState.PENDING : ImageState.BUILDING;
    }

    private static boolean canceled(JobStatus<?> status) {
        return status.state() == JobState.CANCELED;
    }

    private static boolean success(JobStatus<OsbuildResult> build) {
        return build.result().map(OsbuildResult::success).orElse(false);
    }

    private static boolean built(JobStatus<OsbuildKojiResult> build) {
        return build.result().map(OsbuildKojiResult::built).orElse(false) && !failed(build);
    }

    /** Canceled, or finished with an error. */
    private static boolean failed(JobStatus<? extends JobResult> status) {
        return canceled(status)
                || status.result().map(r -> r.jobError().isPresent()).orElse(false);
    }
}
