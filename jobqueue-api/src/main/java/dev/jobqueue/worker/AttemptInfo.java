package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.TypeName;
import java.time.Duration;

/**
 * What listeners are told of an attempt. It has no token, so that it may be logged.
 *
 * <p>Immutable and thread-safe.
 *
 * @param attempt the number of the attempt, from 1
 * @param waited how long the job was in this worker before its handler started; zero before that
 * @param ran how long the handler ran; zero until it has returned
 */
public record AttemptInfo(JobId id, TypeName type, String channel, int attempt, Duration waited, Duration ran) {
    public AttemptInfo {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(channel, "channel");
        requireNonNull(waited, "waited");
        requireNonNull(ran, "ran");
    }
}
