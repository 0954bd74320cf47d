package dev.jobqueue.examples.composer.jobs;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The error in the result of a job, as workers report it (S7).
 *
 * @param id the number of an {@link ImageError}, or of one that is newer than this program
 * @param details any JSON; at an error of a dependency the errors below it
 */
public record ReportedError(int id, String reason, Optional<RawJson> details) {
    public ReportedError {
        reason = ComposerJson.orEmpty(reason);
        requireNonNull(details, "details");
    }

    /** An error without details. */
    public static ReportedError of(ImageError error, String reason) {
        return new ReportedError(error.code(), reason, Optional.empty());
    }

    /** An error that says: look below. */
    public static ReportedError ofDependencies(ImageError error, String reason, List<ReportedError> causes) {
        return new ReportedError(error.code(), reason, Optional.empty()).withCauses(causes);
    }

    /** What the queue itself noted, in the numbers of this service: a lost worker, for one, reports nothing. */
    static ReportedError of(JobError error) {
        if (error.code() >= 0) {
            Optional<RawJson> details = Optional.of(error.details()).filter(d -> !d.isNull());
            return new ReportedError(error.code(), error.reason(), details);
        }
        return of(ofLibrary(error.code()), error.reason());
    }

    private static ImageError ofLibrary(int code) {
        if (code == LibraryError.HEARTBEAT_LOST.code()) {
            return ImageError.JOB_MISSING_HEARTBEAT;
        }
        if (code == LibraryError.DEPENDENCY_FAILED.code()) {
            return ImageError.JOB_DEPENDENCY;
        }
        if (code == LibraryError.UNDECODABLE_ARGS.code()) {
            return ImageError.PARSING_JOB_ARGS;
        }
        if (code == LibraryError.NO_HANDLER.code()) {
            return ImageError.INVALID_CONFIG;
        }
        return code == LibraryError.TIMED_OUT.code() ? ImageError.BUILD_JOB : ImageError.JOB_PANICKED;
    }

    /** Whether this only says that a dependency failed (4.3). */
    public boolean ofDependency() {
        return ImageError.of(id).map(ImageError::ofDependency).orElse(false);
    }

    /** The same error with these errors as its details. */
    public ReportedError withCauses(List<ReportedError> causes) {
        return new ReportedError(id, reason, Optional.of(ComposerJson.raw(causes)));
    }

    /** The errors in the details of an error of a dependency, in order; old workers put them into a list of their own. */
    public List<ReportedError> causes() {
        List<ReportedError> causes = new ArrayList<>();
        if (ofDependency()) {
            details.ifPresent(json -> collect(ComposerJson.tree(json), causes));
        }
        return causes;
    }

    private static void collect(JsonNode node, List<ReportedError> causes) {
        if (node.isArray()) {
            node.forEach(item -> collect(item, causes));
        } else if (node.path("id").isInt()) {
            Optional<RawJson> details = Optional.of(node.path("details"))
                    .filter(d -> !d.isMissingNode() && !d.isNull())
                    .map(ComposerJson::raw);
            causes.add(new ReportedError(
                    node.path("id").intValue(), node.path("reason").asString(""), details));
        }
    }

    /** The first error on the way down that does not speak of another one: what to show to a user. */
    public ReportedError root() {
        ReportedError error = this;
        for (List<ReportedError> causes = causes(); !causes.isEmpty(); causes = error.causes()) {
            error = causes.get(0);
        }
        return error;
    }

    /** Who has to act: the class of the root, so that an error does not change its class on the way up; numbers that are not known count as internal (S8). */
    public ErrorClass errorClass() {
        return ImageError.of(root().id).map(ImageError::errorClass).orElse(ErrorClass.INTERNAL);
    }

    /** The class as the first digit of HTTP statuses, the label for metrics: 2xx, 4xx or 5xx (S8). */
    public static String statusClass(Optional<ReportedError> error) {
        return error.map(e -> e.errorClass() == ErrorClass.CLIENT ? "4xx" : "5xx")
                .orElse("2xx");
    }

    /**
     * The same for the queue, as far as it fits there; whole it stands in the result. Permanent: whether to try again is the worker's business.
     * Numbers below 0 are the library's own and become 0.
     */
    JobError toJobError() {
        String shortened = reason.length() > JobError.MAX_REASON_LENGTH ? cut(reason) : reason;
        RawJson kept =
                details.filter(d -> d.size() <= JobError.MAX_DETAILS_BYTES).orElse(RawJson.NULL);
        return new JobError(Math.max(0, id), errorClass(), shortened, kept, true);
    }

    /** The longest beginning that fits and does not end in half a character. */
    private static String cut(String text) {
        int end = JobError.MAX_REASON_LENGTH;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }
}
