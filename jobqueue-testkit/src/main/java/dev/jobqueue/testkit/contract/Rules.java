package dev.jobqueue.testkit.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of {@code docs/SPEC.md} by id, with the reason where no test of this kit can reach one.
 *
 * <p>A test names its rules at the start of its display name: {@code "DEP-4, CAN-4 [must]: canceled counts as finished"}.
 */
public enum Rules {
    TYP_1(
            "Full names, typed access, selectors match full names only",
            "Compare full names as whole strings; a family in a selector matches no variant. Look at case, collation and trailing blanks of the column."),
    TYP_2(
            "jobType answers in every state",
            "Keep family and variant for as long as the job; do not take them from a table of running or waiting jobs only."),
    TYP_3(
            "Args and results round-trip losslessly",
            "Keep the bytes of RawJson as they are: a column of bytes or plain text, not a JSON type, and no parser between."),
    TYP_4(
            "An absent value is JSON null",
            "Hand back RawJson.NULL for a stored null; an SQL NULL stands for a result that is absent."),
    TYP_5(
            "Bounds of names, channels and sizes",
            "The queue has checked lengths; look for columns, indexes or buffers that are smaller than 255 characters or 16 MiB."),
    TYP_6(
            "Unknown fields are ignored; golden files of every format are in each backend",
            "Hand back what was stored; decoding is in the queue over the store."),
    ENQ_1(
            "Durable on return, answers id, created and state",
            "Commit before insert returns, and answer with the state that was committed, not with one computed before."),
    ENQ_2(
            "enqueueAll is all or nothing",
            "One transaction or one journal record for a whole graph; a refusal has to take back every job and edge of it."),
    ENQ_3(
            "An unknown dependency is refused",
            "Look every dependency up, in the store and earlier in the graph, behind the same lock that the insert holds."),
    ENQ_4(
            "The same job again is a no-op, other content an error",
            "Compare with StoreRules.sameContent before anything else, keys included; what was given must be kept whole for that."),
    ENQ_5(
            "Unique keys",
            "Look for the holder and insert under one lock or unique index; the key is free when the job ends, in the same step, not before and not later."),
    ENQ_6(
            "Enqueue inside the caller's transaction",
            "Run the same statements on the connection of the caller, commit nothing, retry nothing.",
            "Only PostgreSQL has a transaction of the caller; tested there"),
    ENQ_7(
            "The list of dependencies is kept as given",
            "Number the positions and read them back in that order; duplicates are rows of their own."),
    DEQ_1(
            "Priority, then enqueue order",
            "Order by priority downward, then by a sequence given at insert; never by a time, which two jobs may share."),
    DEQ_2(
            "A job runs at most once at a time",
            "Take the job, set its token and start its heartbeat in one step, under a lock that other claims see."),
    DEQ_3(
            "How long dequeue waits",
            "Waiting is in the queue; a store answers at once and says truthfully when the next job is due."),
    DEQ_4(
            "An interrupt ends the wait and loses no job",
            "A claim must not give up on an interrupt half way; keep the interrupt for later."),
    DEQ_5(
            "Waiters wake, none too many",
            "Every call that makes a job READY has to name its pair in the receipt, also by way of dependents, sweeps and resume."),
    DEQ_6(
            "Waiters hold no database connection",
            "Give the connection back before the call returns.",
            "Only a backend with connections can count them; tested with PostgreSQL"),
    DEQ_7(
            "Dequeue by id",
            "A claim by id looks at state and pause behind the lock, and names the state that it found."),
    DEQ_8("Batch dequeue", "Fill all slots as long as jobs match, each with its own token, in the order of the slots."),
    DEQ_9(
            "Channels and bounds of selectors",
            "No channels in a selector means any channel; compare channels as whole strings."),
    DEQ_10(
            "The running job brings everything",
            "Read outcomes by position in the same step; leave results out above ClaimedJob.MAX_RESULTS, and say so."),
    DEQ_11(
            "The cost of a dequeue does not grow",
            "Use an index that holds READY jobs only, led by type and channel, in the order of claims."),
    DEQ_12(
            "Nothing is answered only if nothing was free",
            "When the jobs in front are taken by others, go on with the next ones before answering nothing."),
    DEQ_13(
            "A claim is repeated with the same tokens",
            "Look every slot token up before taking new jobs: in force gives its job again, used up gives nothing."),
    DEQ_14(
            "Due jobs are READY for every caller",
            "Turn due jobs READY at the start of every call, reads too, and compute nextDue on the same clock."),
    DEQ_15(
            "Futures wait as threads do",
            "Waiting is in the queue; its own threads make the claims for futures, several at once."),
    DEP_1(
            "Not run until all dependencies are finished",
            "Count the distinct unfinished dependencies when the edges are stored; READY at zero, not before."),
    DEP_2(
            "dependsOn runs whatever the outcome",
            "Only required edges carry failures; others count down whatever the outcome."),
    DEP_3(
            "requires fails at once, and so on down the graph",
            "Follow required edges down the whole graph in the step that fails the job, and look at failures that are there already when edges are stored."),
    DEP_4("Canceled counts as finished", "A canceled dependency counts down like any other that has ended."),
    DEP_5(
            "No end of a dependency is missed",
            "Look at the state of a dependency and store the edge under one lock, or an end in between is missed."),
    DEP_6("Outcomes by position", "Join outcomes by the position of the edge, not by the id or the order of rows."),
    DEP_7(
            "A failure is not copied; the graph answers for the whole",
            "The closure has every job below, each once, with its own state."),
    DEP_8("Duplicates release once", "Count distinct dependencies, not positions; one end counts once."),
    DEP_9("Graphs of 100,000 jobs", "No recursion, no query of quadratic cost; read a graph in few statements."),
    DEP_10(
            "Only direct edges order jobs",
            "Only direct edges block; an end passes its dependents on, not what is above them."),
    FIN_1(
            "The token is the fence",
            "Find the attempt by its token and in state RUNNING behind the lock; anything else is LOST or CANCELED."),
    FIN_2(
            "Success, failure, release",
            "Store error and result of a failure; a release goes back to its old place, after its delay."),
    FIN_3(
            "Retries with backoff",
            "Use StoreRules.retryAfter with the count that includes this failure, and pass the jitter on."),
    FIN_4(
            "Distinct errors, the same on every backend",
            "Answer with the reason that the SPI names for this state; the queue makes the exception."),
    FIN_5(
            "Progress belongs to the attempt",
            "Progress belongs to the token: clear it when the attempt ends, in whichever way."),
    FIN_6(
            "finishPending",
            "BLOCKED, SCHEDULED and READY can be ended from outside; dependents follow as after any end."),
    FIN_7(
            "Follow-ups are one step with the finish",
            "Finish and follow-ups share one transaction; refused follow-ups take the finish back too."),
    FIN_8(
            "Kept attempts are known by token; a repeated finish is DONE and changes nothing",
            "Remember job and end of each kept attempt, by token; the same kind of outcome is DONE again and does nothing."),
    FIN_9(
            "Time-outs of attempts",
            "Measure the running time apart from the heartbeat, on the monotonic clock; it goes on over a restart."),
    FIN_10(
            "Failures, recoveries and records of attempts",
            "Count by the end of the attempt: FAILED and TIMED_OUT, HEARTBEAT_LOST, and neither for a release. Keep the last 100."),
    CAN_1(
            "A canceled job never runs again",
            "Take the job out of every order that claims, due times and ends of dependencies look at."),
    CAN_2(
            "Canceling finished jobs",
            "0 for a job that was canceled before, ALREADY_FINISHED for one that ended otherwise."),
    CAN_3(
            "The worker learns of the cancel",
            "Find the ended attempt by its token and answer CANCELED with the reason, for heartbeat, report and finish."),
    CAN_4("Dependents of a canceled job follow", "Let dependents follow in the step of the cancel."),
    CAN_5(
            "cancelGraph",
            "Walk the closure from the top down; cancel what is unfinished and has unfinished dependents only among those."),
    HB_1(
            "Heartbeat and report refresh",
            "A claim starts the age, heartbeat and report start it again; a whole batch, not its first items."),
    HB_2(
            "Lost heartbeats recover, then fail",
            "Older than the limit, not as old; StoreRules.recovers with the count before this loss."),
    HB_3(
            "Ages are monotonic",
            "Use StoreClock.nanoTime for ages, or a monotonic clock of the server, never the wall clock."),
    HB_4("Ended jobs have no heartbeat", "An end by whatever call removes the heartbeat."),
    HB_5(
            "Tokens and one limit of grace after a restart",
            "At open, give every running job a heartbeat of age zero; keep tokens and attempts."),
    HB_6("Expired once", "Look at the age again behind the lock; two sweeps must not both end an attempt."),
    HB_7("stale and running", "Oldest silence first; the age on the same clock as the sweep."),
    HB_8(
            "A heartbeat never waits for a row lock",
            "Refresh without waiting: skip what is locked, whoever holds it is about to end or to refresh it.",
            "Only a backend with row locks can wait for one; tested with PostgreSQL"),
    ERR_1("What an error is", "Store code, class, reason, details and permanence; details byte by byte."),
    ERR_2("The library's own codes", "Make the errors of the store with StoreRules."),
    ERR_3(
            "What a dependency failure says",
            "Use StoreRules.dependencyFailed with the failed required dependency at the lowest position."),
    QRY_1(
            "status is one snapshot, times",
            "Read a job with its attempts and outcomes in one step; set the times where the state changes, cut to milliseconds."),
    QRY_2("Lists and counts", "Page by the last key seen, not by offset; count unfinished jobs only."),
    QRY_3(
            "Pause and resume",
            "Look at pauses in the step of every claim, by id too; a resume names the pairs that are READY."),
    QRY_4("explain", "Note the selectors of demand, and answer with the youngest that matches."),
    QRY_5(
            "job gives what was given",
            "Keep what was given apart from the edges in effect: ids, order, flags and every option."),
    QRY_6("await", "Name every job that ended in the receipt, also those that ended by way of a dependency."),
    RET_1(
            "prune",
            "Remove only finished jobs without dependents, oldest finish first, then what becomes free by that."),
    RET_2(
            "delete",
            "Look at dependents and states of all that would go before removing anything; name the job in the way."),
    DUR_1(
            "What was acknowledged or shown survives",
            "Force to disk before the call returns; check the settings of the engine below (synchronous, fsync, flush)."),
    DUR_2(
            "Full disks, I/O errors and lost connections",
            "Tell \"nothing happened\" from \"unknown\": only a failed commit or force is unknown.",
            "Needs faults below the store; each backend makes its own"),
    DUR_3(
            "Torn tails and damage",
            "Cut only what was never acknowledged; report the rest with its place.",
            "Needs damaged files; tested in jobqueue-fs"),
    DUR_4("One open queue per directory", "Lock the data while it is open, or let openings share nothing."),
    DUR_5("close", "Closing twice is fine, every later call throws Closed, running jobs stay as they are."),
    DUR_6(
            "An interrupt harms nobody else",
            "No interruptible channel and no interruptible lock in the thread of a caller."),
    DUR_7(
            "What recovery keeps is durable first",
            "Write what recovery keeps to a new place and force it before open returns.",
            "Needs a second power loss right after recovery; tested in jobqueue-fs"),
    WRK_1("Self-fence", "Look at WorkerCoreTest and WorkerSimulation.", Rules.WORKER),
    WRK_2("Silence after LOST or CANCELED", "Look at WorkerCoreTest and WorkerSimulation.", Rules.WORKER),
    WRK_3("Graceful stop", "Look at WorkerCoreTest and JobWorkerTest.", Rules.WORKER),
    WRK_4("Every end of a handler ends the attempt", "Look at JobWorkerTest.", Rules.WORKER),
    WRK_5("Types without a handler are not asked for", "Look at WorkerCoreTest.", Rules.WORKER);

    private static final String WORKER =
            "A rule of the worker runtime, not of a store; tested in dev.jobqueue.worker of this module's tests";
    private static final Pattern LEVEL = Pattern.compile("( \\[[a-z, ]+])?");
    private static final Pattern ID = Pattern.compile("\\G(?:, )?((?:[A-Z]+-)?[A-Za-z0-9]+)");

    private final String title;
    private final String hint;
    private final Optional<String> untestable;

    Rules(String title, String hint) {
        this.title = title;
        this.hint = hint;
        this.untestable = Optional.empty();
    }

    Rules(String title, String hint, String untestable) {
        this.title = title;
        this.hint = hint;
        this.untestable = Optional.of(untestable);
    }

    /** The id, as {@code DEP-4}. */
    public String id() {
        return name().replace('_', '-');
    }

    /** What the rule is about; its text is in the specification. */
    public String title() {
        return title;
    }

    /** What to look at in a store that does not keep the rule. */
    public String hint() {
        return hint;
    }

    /** Why no test of this kit can reach the rule, if none can. */
    public Optional<String> untestable() {
        return untestable;
    }

    /** The tests that show the rule to hold; none if it is {@linkplain #untestable untestable}. */
    public List<RuleTest> tests() {
        return RuleTest.all().stream().filter(t -> t.rules().contains(this)).toList();
    }

    /**
     * {@code optional} if the rule is only tested on stores that declare a capability, else {@code must}; followed by {@code stochastic} if all its tests
     * use chance. Empty without tests.
     */
    public String level() {
        List<RuleTest> tests = tests();
        if (tests.isEmpty()) {
            return "";
        }
        String level = tests.stream().allMatch(t -> t.has(Level.OPTIONAL)) ? Level.OPTIONAL : Level.MUST;
        return tests.stream().allMatch(t -> t.has(Level.STOCHASTIC)) ? level + ", " + Level.STOCHASTIC : level;
    }

    /** The rules that a display name starts with; ids of other lists between them are left out. */
    public static List<Rules> of(String displayName) {
        List<Rules> rules = new ArrayList<>();
        for (String id : idsOf(displayName)) {
            Arrays.stream(values()).filter(r -> r.id().equals(id)).forEach(rules::add);
        }
        return rules;
    }

    /** All ids that a display name starts with, also those of other lists, such as {@code F4} or {@code S-a}. */
    public static List<String> idsOf(String displayName) {
        List<String> ids = new ArrayList<>();
        int colon = displayName.indexOf(": ");
        if (colon > 0) {
            Matcher matcher = ID.matcher(displayName.substring(0, colon));
            int end = 0;
            while (matcher.find()) {
                ids.add(matcher.group(1));
                end = matcher.end();
            }
            if (!LEVEL.matcher(displayName.substring(end, colon)).matches()) {
                ids.clear();
            }
        }
        return ids;
    }
}
