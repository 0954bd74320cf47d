package dev.jobqueue.fs.state;

/**
 * Why a job was failed by DEP-3. The error is made of this and of the end of the root whenever it is read, so that failing a long chain writes little.
 *
 * @param dependency the failed required dependency at the lowest position
 * @param root where the chain of failures began; kept as long as anyone depends on it
 * @param length the number of edges from the job down to the root
 */
public record Cause(Entry dependency, Entry root, int length) {
    /** The cause for a dependent of a job that has failed or was canceled. */
    public static Cause of(Entry dependency) {
        Cause below = dependency.cause;
        return below == null
                ? new Cause(dependency, dependency, 1)
                : new Cause(dependency, below.root(), below.length() + 1);
    }
}
