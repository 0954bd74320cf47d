package dev.jobqueue.examples.composer.workerapi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.examples.composer.http.ApiServerOptions;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the worker API.
 *
 * @param server where it listens
 * @param artifacts the directory of the artifacts, and of the workers that have registered, made if there is none; all processes of a service share it
 * @param requestTimeout how long a request for a job waits for one; 0 is for ever (S10)
 * @param limits what workers may ask
 * @param sweepInterval how often artifacts of runs that are over are looked for, at least 1 ms
 * @param workerTimeout how long a registered worker may be silent before it is removed, at least 1 ms
 * @param workerWatchInterval how often silent workers are looked for, at least 1 ms
 */
public record WorkerApiOptions(
        ApiServerOptions server,
        Path artifacts,
        Duration requestTimeout,
        WorkerLimits limits,
        Duration sweepInterval,
        Duration workerTimeout,
        Duration workerWatchInterval) {
    public WorkerApiOptions {
        requireNonNull(server, "server");
        requireNonNull(artifacts, "artifacts");
        requireNonNull(limits, "limits");
        if (requestTimeout.isNegative()) {
            throw new IllegalArgumentException("requestTimeout must be at least 0: " + requestTimeout);
        }
        atLeastOneMillisecond(sweepInterval, "sweepInterval");
        atLeastOneMillisecond(workerTimeout, "workerTimeout");
        atLeastOneMillisecond(workerWatchInterval, "workerWatchInterval");
    }

    private static void atLeastOneMillisecond(Duration value, String name) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be at least 1 ms: " + value);
        }
    }

    /** The directory of the workers that have registered, with the artifacts: what processes of the service share. */
    Path workers() {
        return artifacts.resolve("workers");
    }

    /** On this port of the loopback below {@code /api/worker/v1}, waiting for ever, with {@link WorkerLimits#DEFAULT}. */
    public static WorkerApiOptions of(int port, Path artifacts) {
        return new WorkerApiOptions(
                ApiServerOptions.loopback(port, "/api/worker/v1"),
                artifacts,
                Duration.ZERO,
                WorkerLimits.DEFAULT,
                Duration.ofSeconds(30),
                Duration.ofHours(1),
                Duration.ofMinutes(5));
    }

    /** Listening elsewhere. */
    public WorkerApiOptions server(ApiServerOptions newServer) {
        return new WorkerApiOptions(
                newServer, artifacts, requestTimeout, limits, sweepInterval, workerTimeout, workerWatchInterval);
    }

    /** Another wait; 0 is for ever. */
    public WorkerApiOptions requestTimeout(Duration newTimeout) {
        return new WorkerApiOptions(
                server, artifacts, newTimeout, limits, sweepInterval, workerTimeout, workerWatchInterval);
    }

    /** Other limits. */
    public WorkerApiOptions limits(WorkerLimits newLimits) {
        return new WorkerApiOptions(
                server, artifacts, requestTimeout, newLimits, sweepInterval, workerTimeout, workerWatchInterval);
    }

    /** Looking more or less often for runs that are over. */
    public WorkerApiOptions sweepInterval(Duration newInterval) {
        return new WorkerApiOptions(
                server, artifacts, requestTimeout, limits, newInterval, workerTimeout, workerWatchInterval);
    }

    /** Another limit for silent workers, which are looked for so often. */
    public WorkerApiOptions workerTimeout(Duration newTimeout, Duration newInterval) {
        return new WorkerApiOptions(server, artifacts, requestTimeout, limits, sweepInterval, newTimeout, newInterval);
    }
}
