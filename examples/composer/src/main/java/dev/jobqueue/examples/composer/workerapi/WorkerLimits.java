package dev.jobqueue.examples.composer.workerapi;

/**
 * What workers may ask of the service.
 *
 * @param maxArtifactBytes the largest artifact
 * @param maxRunBytes the most that the artifacts of one run have in sum, also while they come
 * @param maxRunArtifacts the most artifacts of one run
 * @param maxWaiting the most requests that wait for a job; each takes a connection, and no thread
 * @param maxWorkers the most workers that are registered at once
 */
public record WorkerLimits(
        long maxArtifactBytes, long maxRunBytes, int maxRunArtifacts, int maxWaiting, int maxWorkers) {
    /** Artifacts up to 64 GiB, 100 for each run with 128 GiB in sum, 1,000 requests that wait, and 10,000 workers. */
    public static final WorkerLimits DEFAULT = new WorkerLimits(64L << 30, 128L << 30, 100, 1_000, 10_000);

    public WorkerLimits {
        atLeast(0, maxArtifactBytes, "maxArtifactBytes");
        atLeast(0, maxRunBytes, "maxRunBytes");
        atLeast(0, maxRunArtifacts, "maxRunArtifacts");
        atLeast(1, maxWaiting, "maxWaiting");
        atLeast(1, maxWorkers, "maxWorkers");
    }

    private static void atLeast(long bound, long value, String name) {
        if (value < bound) {
            throw new IllegalArgumentException(name + " must be at least " + bound + ": " + value);
        }
    }

    /** Another limit for one artifact. */
    public WorkerLimits maxArtifactBytes(long newMaxArtifactBytes) {
        return new WorkerLimits(newMaxArtifactBytes, maxRunBytes, maxRunArtifacts, maxWaiting, maxWorkers);
    }

    /** Another limit for the artifacts of a run in sum. */
    public WorkerLimits maxRunBytes(long newMaxRunBytes) {
        return new WorkerLimits(maxArtifactBytes, newMaxRunBytes, maxRunArtifacts, maxWaiting, maxWorkers);
    }

    /** Another limit for the number of artifacts of a run. */
    public WorkerLimits maxRunArtifacts(int newMaxRunArtifacts) {
        return new WorkerLimits(maxArtifactBytes, maxRunBytes, newMaxRunArtifacts, maxWaiting, maxWorkers);
    }

    /** Another limit for requests that wait. */
    public WorkerLimits maxWaiting(int newMaxWaiting) {
        return new WorkerLimits(maxArtifactBytes, maxRunBytes, maxRunArtifacts, newMaxWaiting, maxWorkers);
    }

    /** Another limit for workers. */
    public WorkerLimits maxWorkers(int newMaxWorkers) {
        return new WorkerLimits(maxArtifactBytes, maxRunBytes, maxRunArtifacts, maxWaiting, newMaxWorkers);
    }
}
