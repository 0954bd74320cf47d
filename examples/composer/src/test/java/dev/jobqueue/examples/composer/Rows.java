package dev.jobqueue.examples.composer;

import java.util.Arrays;
import java.util.Optional;

/**
 * What the modelled service has (S), and the faults of its worker server (W) and of its queue in a directory (F), with what this example does about them.
 *
 * <p>A test names its rows at the start of its display name, as the tests of the library do with their rules: {@code "S15, W2: a worker learns of a cancel"}.
 */
enum Rows {
    S1("W", "readers that check the type", "`ComposerJobs`"),
    S2("W", "the type of any job", "`ComposerJobs.family`"),
    S3("W", "osbuild without output", "`OsbuildResult`"),
    S4("W, C", "osbuild-koji without output", "`OsbuildKojiResult`"),
    S5("C", "composes for koji", "`ComposeApi`"),
    S6("C", "which ids are composes", "`Compose`"),
    S7("P", "structured errors", "`ReportedError`, `ImageError`, `Steps`"),
    S8("W", "4xx or 5xx", "`ReportedError.errorClass`"),
    S9("W", "errors old and new", "`upgraded` of each result"),
    S10("W", "wait for a job, with and without limit", "`LongPolls`"),
    S11("Q", "clients that go away", "`LongPolls`, `ClientWatch`"),
    S12("W", "kind, href, id", "`openapi.yaml`"),
    S13("W", "operation ids", "`Operation`"),
    S14("W", "predefined errors", "`WorkerError`, `ComposeError`, `CommonError`"),
    S15("P", "the news of a cancel", "`WorkerApi`, `Worker`"),
    S16("W, Q", "the poll is the heartbeat", "`WorkerApi`, `Worker`"),
    S17("W", "a silent worker loses its job", "`Maintenance`, `ReportedError`"),
    S18("Q", "the definition of a job, in every state", "the library"),
    S19("W", "args in the class of the caller", "`JobTypes`"),
    S20("W", "unhandled errors are logged", "`ApiServer`"),
    S21("W", "listeners of their own, a clean stop", "`WorkerApi.close`, `LongPolls.close`"),
    S22("Q, C", "failures are not copied; walk to the causes", "`ErrorChain`, `Statuses`"),
    S23("Q", "a status names the dependencies in their order", "the library"),
    S24("W", "typed requests, dependencies in order", "`ComposerJobs`, `KojiCompose`"),
    S25("W", "architecture in the type", "`JobTypes.requested`, `WorkerApi`"),
    S26("W, Q", "results of dependencies by position", "`WorkerApi`, `Steps`"),
    S27("C, P", "koji-init, builds, koji-finalize in one step", "`KojiCompose`, `KojiNames`, `KojiBuilds`"),
    S28("Q", "raw results", "`JobTypes.outcome`, `WorkerApi`"),
    S29("Q", "a dequeued job has its dependencies as they were given", "the library"),
    S30("Q, W", "one waiter, several types", "the library"),
    S31("W, P", "the whole result", "`OsbuildResult`, `Steps`"),
    S32("W", "results of the first workers", "`OsbuildResult`"),
    S33("P, W", "the artifact to send back", "`OsbuildArgs.artifact`, `Steps`"),
    S34("P", "args of the first releases", "`OsbuildArgs.artifact`"),
    S35("W, P", "no state on the wire", "`WorkerApi`"),
    S36("W, C", "states in the words of each API", "`Statuses`"),
    S37("W", "a job is given with type and args", "`WorkerApi`"),
    S38("W", "a server for each listener", "`ApiServer`"),
    S39("W, P", "locations in place of paths that clients make", "`WorkerApi`, `ServiceClient`"),
    S40("W", "a token for each run, over restarts", "`WorkerApi`"),
    S41("W", "artifacts", "`Artifacts`, `Runs`"),
    S42("W, Q", "a job ends once", "`Runs`"),
    S43("W", "operations", "`openapi.yaml`"),
    S44("W", "errors with a message for old workers", "`ErrorBody`"),
    S45("Q, W", "manifests byte by byte", "`ComposerJson`"),
    S46("Q", "and all other JSON", "`ComposerJson`"),

    W1("a job is lost for minutes if its answer cannot be given"),
    W2("a canceled job counts as unresponsive for ever"),
    W3("a worker that has lost its job can still finish it"),
    W4("the worker of a canceled job never learns of it"),
    W5("each poll is a write and four reads"),
    W6("names, sizes and tokens of artifacts are not checked; runs leave files"),
    W7("tenants see each other's jobs"),
    W8("204 with a body, 404 for a wrong method, a late finish differs by backend, `{}` fails"),
    W9("a result is decoded after the job has ended"),
    W10("a stop waits for those who wait for jobs; the base path is global"),
    W11("a job whose worker vanished tells no reason"),
    W12("a walk to the causes reads a shared dependency once for each path"),

    F1("a canceled job is handed out after a restart"),
    F2("a canceled job is handed out when its dependencies end"),
    F3("jobs come in any order after a restart"),
    F4("a failed job is handed out again, and its dependents never are"),
    F5("a file that a crash has left keeps the queue from opening", Rows.LIBRARY),
    F6("a record that was not forced, or is damaged, stops all", Rows.LIBRARY),
    F7("the cost of a dequeue grows with the number of jobs", Rows.LIBRARY),
    F8("memory is changed before the disk is", Rows.LIBRARY),
    F9("dependencies are rewritten before the job is there", Rows.LIBRARY),
    F10("the status of a worker is lost"),
    F11("a late or wrong poll leaves a heartbeat for ever"),
    F12("a dependency named twice makes its dependent run twice"),
    F13("after a waiting job is deleted nothing can be dequeued any more"),
    F14("two processes work in one directory"),
    F15("the 101st waiting job blocks the queue");

    private static final String LIBRARY = "the service cannot reach it; tested in jobqueue-fs";

    private final String layer;
    private final String what;
    private final String where;
    private final Optional<String> untested;

    /** A feature. */
    Rows(String layer, String what, String where) {
        this.layer = layer;
        this.what = what;
        this.where = where;
        untested = Optional.empty();
    }

    /** A fault that a test shows to be none here. */
    Rows(String what) {
        layer = "";
        this.what = what;
        where = "";
        untested = Optional.empty();
    }

    /** A fault that no test here can show. */
    Rows(String what, String reason) {
        layer = "";
        this.what = what;
        where = "";
        untested = Optional.of(reason);
    }

    static Optional<Rows> of(String id) {
        return Arrays.stream(values()).filter(row -> row.name().equals(id)).findFirst();
    }

    /** Whether this is a feature, not a fault. */
    boolean feature() {
        return !layer.isEmpty();
    }

    /** The parts that it belongs to: queue, worker API, compose API, worker process. */
    String layer() {
        return layer;
    }

    String what() {
        return what;
    }

    String where() {
        return where;
    }

    /** Why there is no test here. */
    Optional<String> untested() {
        return untested;
    }
}
