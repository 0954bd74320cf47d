package dev.jobqueue.examples.composer.workerapi;

/**
 * What workers may ask of the service.
 *
 * @param maxArtifactBytes the largest artifact
 * @param maxRunBytes the most that the artifacts of one run have in sum, also while they come
 * @param maxRunArtifacts the most artifacts of one run
 * @param maxWaiting the most requests that wait for a job; each takes a connection, and no thread
 */
public record WorkerLimits(long maxArtifactBytes, long maxRunBytes, int maxRunArtifacts, int maxWaiting) {
    /** Artifacts up to 64 GiB, 100 for each run with 128 GiB in sum, and 1,000 requests that wait. */
    public static final WorkerLimits DEFAULT = new WorkerLimits(64L << 30, 128L << 30, 100, 1_000);

    public WorkerLimits {
        atLeast(0, maxArtifactBytes, "maxArtifactBytes");
        atLeast(0, maxRunBytes, "maxRunBytes");
        atLeast(0, maxRunArtifacts, "maxRunArtifacts");
        atLeast(1, maxWaiting, "maxWaiting");
    }

    private static void atLeast(long bound, long value, String name) {
        if (value < bound) {
            throw new IllegalArgumentException(name + " must be at least " + bound + ": " + value);
        }
    }

    /** Another limit for one artifact. */
    public WorkerLimits maxArtifactBytes(long newMaxArtifactBytes) {
        return new WorkerLimits(newMaxArtifactBytes, maxRunBytes, maxRunArtifacts, maxWaiting);
    }

    /** Another limit for the artifacts of a run in sum. */
    public WorkerLimits maxRunBytes(long newMaxRunBytes) {
        return new WorkerLimits(maxArtifactBytes, newMaxRunBytes, maxRunArtifacts, maxWaiting);
    }

    /** Another limit for the number of artifacts of a run. */
    public WorkerLimits maxRunArtifacts(int newMaxRunArtifacts) {
        return new WorkerLimits(maxArtifactBytes, maxRunBytes, newMaxRunArtifacts, maxWaiting);
    }

    /** Another limit for requests that wait. */
    public WorkerLimits maxWaiting(int newMaxWaiting) {
        return new WorkerLimits(maxArtifactBytes, maxRunBytes, maxRunArtifacts, newMaxWaiting);
    }
}
