package dev.jobqueue.spi;

import dev.jobqueue.Attempt;
import dev.jobqueue.Dependency;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Decisions that every store makes alike. Pure functions. */
public final class StoreRules {
    /** How long a worker is told that its job was canceled while it ran, so how long such a job is kept at least (CAN-3). */
    public static final Duration CANCELED_IS_TOLD = Duration.ofHours(1);

    /** How long a selector that was noted stays known (QRY-4). */
    public static final Duration DEMAND_IS_KEPT = Duration.ofHours(1);

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private StoreRules() {}

    /** Whether an enqueue under an id that exists is a retry (ENQ-4): full type, args byte by byte, dependencies and options are as stored. */
    public static boolean sameContent(Job<RawJson> stored, Job<RawJson> given) {
        return stored.equals(given);
    }

    /** The message for {@link Answer.Reason#INVALID} when {@link #sameContent} does not hold. */
    public static String otherContentMessage(JobId id) {
        return "job " + id + " exists with other content; use again() for another job";
    }

    /** The message for {@link Answer.Reason#INVALID} when a dependency is unknown (ENQ-3). */
    public static String unknownDependencyMessage(JobId id, JobId dependency) {
        return "job " + id + " names the unknown dependency " + dependency
                + ": enqueue it before, or in the same enqueueAll";
    }

    /**
     * The edges in effect: each position as given, pointed to the job that holds the unique key where one does (ENQ-5); an id named both ways is
     * required at each of its positions (DEP-3).
     *
     * @param resolve gives the job that an edge points to
     */
    public static List<Dependency> edges(List<Dependency> given, UnaryOperator<JobId> resolve) {
        Set<JobId> required = new HashSet<>();
        List<Dependency> edges = new ArrayList<>(given.size());
        for (Dependency dependency : given) {
            JobId target = resolve.apply(dependency.id());
            edges.add(new Dependency(target, dependency.required()));
            if (dependency.required()) {
                required.add(target);
            }
        }
        edges.replaceAll(e -> e.required() || !required.contains(e.id()) ? e : new Dependency(e.id(), true));
        return edges;
    }

    /** The message for {@link Answer.Reason#TOO_LARGE}. */
    public static String tooLargeMessage(JobId id, int max) {
        return "job " + id + " and those below it are more than " + max + " jobs";
    }

    /** How an attempt ends that is finished with this outcome. A finish is a repeated one if the attempt of its token has ended so (FIN-8). */
    public static Attempt.End endOf(JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Succeeded) {
            return Attempt.End.SUCCEEDED;
        }
        return outcome instanceof JobOutcome.Failed ? Attempt.End.FAILED : Attempt.End.RELEASED;
    }

    /**
     * What follows an attempt that failed or timed out (FIN-3).
     *
     * @param failures including this one
     * @return the wait before the next attempt, or empty if the job has failed
     */
    public static Optional<Duration> retryAfter(JobOptions options, int failures, JobError error, double jitter) {
        return error.permanent() || failures >= options.attempts()
                ? Optional.empty()
                : Optional.of(options.backoff().after(failures, jitter));
    }

    /** Whether a job whose heartbeat was lost becomes READY again (HB-2). */
    public static boolean recovers(JobOptions options, int recoveriesBefore) {
        return recoveriesBefore < options.recoveries();
    }

    /** The error of an attempt whose worker fell silent. */
    public static JobError heartbeatLost(String worker, Duration limit) {
        return JobError.of(
                LibraryError.HEARTBEAT_LOST, "worker '" + worker + "' was not heard of for more than " + limit);
    }

    /** The error of an attempt that took too long. */
    public static JobError timedOut(Duration timeout) {
        return JobError.of(LibraryError.TIMED_OUT, "the attempt took longer than its timeout of " + timeout);
    }

    /**
     * The error of a job whose required dependency failed or was canceled (DEP-3, ERR-3).
     *
     * @param dependency the failed required dependency at the lowest position
     * @param state FAILED or CANCELED
     * @param error its error, if FAILED
     * @param cancelReason its reason, if CANCELED
     */
    public static JobError dependencyFailed(
            JobId dependency, JobState state, @Nullable JobError error, @Nullable String cancelReason) {
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("dependency", dependency.toString());
        ErrorClass errorClass;
        if (error != null && error.code() == LibraryError.DEPENDENCY_FAILED.code()) {
            JsonNode below = MAPPER.readTree(error.details().toBytes());
            details.put("root", below.path("root").asString(dependency.toString()));
            details.put(
                    "rootCode",
                    below.hasNonNull("rootCode") ? below.path("rootCode").asInt() : null);
            details.put("rootReason", below.path("rootReason").asString(""));
            details.put("length", below.path("length").asInt(0) + 1);
            errorClass = error.errorClass();
        } else {
            details.put("root", dependency.toString());
            details.put("rootCode", error == null ? null : error.code());
            details.put("rootReason", error == null ? String.valueOf(cancelReason) : error.reason());
            details.put("length", 1);
            errorClass = error == null ? ErrorClass.CLIENT : error.errorClass();
        }
        String reason =
                "required dependency " + dependency + (state == JobState.CANCELED ? " was canceled" : " failed");
        return new JobError(
                LibraryError.DEPENDENCY_FAILED.code(),
                errorClass,
                reason,
                RawJson.ofStored(MAPPER.writeValueAsBytes(details)),
                true);
    }
}
