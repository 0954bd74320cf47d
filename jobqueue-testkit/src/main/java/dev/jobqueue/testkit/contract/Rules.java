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
 * <p>A test names its rules at the start of its display name: {@code "DEP-4, CAN-4: canceled counts as finished"}.
 */
public enum Rules {
    TYP_1("Full names, typed access, selectors match full names only"),
    TYP_2("jobType answers in every state"),
    TYP_3("Args and results round-trip losslessly"),
    TYP_4("An absent value is JSON null"),
    TYP_5("Bounds of names, channels and sizes"),
    TYP_6("Unknown fields are ignored; golden files of every format are in each backend"),
    ENQ_1("Durable on return, answers id, created and state"),
    ENQ_2("enqueueAll is all or nothing"),
    ENQ_3("An unknown dependency is refused"),
    ENQ_4("The same job again is a no-op, other content an error"),
    ENQ_5("Unique keys"),
    ENQ_6("Enqueue inside the caller's transaction", "Only PostgreSQL has a transaction of the caller; tested there"),
    ENQ_7("The list of dependencies is kept as given"),
    DEQ_1("Priority, then enqueue order"),
    DEQ_2("A job runs at most once at a time"),
    DEQ_3("How long dequeue waits"),
    DEQ_4("An interrupt ends the wait and loses no job"),
    DEQ_5("Waiters wake, none too many"),
    DEQ_6(
            "Waiters hold no database connection",
            "Only a backend with connections can count them; tested with PostgreSQL"),
    DEQ_7("Dequeue by id"),
    DEQ_8("Batch dequeue"),
    DEQ_9("Channels and bounds of selectors"),
    DEQ_10("The running job brings everything"),
    DEQ_11("The cost of a dequeue does not grow"),
    DEQ_12("Nothing is answered only if nothing was free"),
    DEQ_13("A claim is repeated with the same tokens"),
    DEQ_14("Due jobs are READY for every caller"),
    DEP_1("Not run until all dependencies are finished"),
    DEP_2("dependsOn runs whatever the outcome"),
    DEP_3("requires fails at once, and so on down the graph"),
    DEP_4("Canceled counts as finished"),
    DEP_5("No end of a dependency is missed"),
    DEP_6("Outcomes by position"),
    DEP_7("A failure is not copied; the graph answers for the whole"),
    DEP_8("Duplicates release once"),
    DEP_9("Graphs of 100,000 jobs"),
    DEP_10("Only direct edges order jobs"),
    FIN_1("The token is the fence"),
    FIN_2("Success, failure, release"),
    FIN_3("Retries with backoff"),
    FIN_4("Distinct errors, the same on every backend"),
    FIN_5("Progress belongs to the attempt"),
    FIN_6("finishPending"),
    FIN_7("Follow-ups are one step with the finish"),
    FIN_8("A repeated finish is DONE and changes nothing"),
    FIN_9("Time-outs of attempts"),
    FIN_10("Failures, recoveries and records of attempts"),
    CAN_1("A canceled job never runs again"),
    CAN_2("Canceling finished jobs"),
    CAN_3("The worker learns of the cancel"),
    CAN_4("Dependents of a canceled job follow"),
    CAN_5("cancelGraph"),
    HB_1("Heartbeat and report refresh"),
    HB_2("Lost heartbeats recover, then fail"),
    HB_3("Ages are monotonic"),
    HB_4("Ended jobs have no heartbeat"),
    HB_5("Tokens and one limit of grace after a restart"),
    HB_6("Expired once"),
    HB_7("stale and running"),
    HB_8(
            "A heartbeat never waits for a row lock",
            "Only a backend with row locks can wait for one; tested with PostgreSQL"),
    ERR_1("What an error is"),
    ERR_2("The library's own codes"),
    ERR_3("What a dependency failure says"),
    QRY_1("status is one snapshot, times"),
    QRY_2("Lists and counts"),
    QRY_3("Pause and resume"),
    QRY_4("explain"),
    QRY_5("job gives what was given"),
    QRY_6("await"),
    RET_1("prune"),
    RET_2("delete"),
    DUR_1("What was acknowledged or shown survives"),
    DUR_2("Full disks, I/O errors and lost connections", "Needs faults below the store; each backend makes its own"),
    DUR_3("Torn tails and damage", "Needs damaged files; tested in jobqueue-fs"),
    DUR_4("One open queue per directory"),
    DUR_5("close"),
    DUR_6("An interrupt harms nobody else"),
    DUR_7(
            "What recovery keeps is durable first",
            "Needs a second power loss right after recovery; tested in jobqueue-fs"),
    WRK_1("Self-fence", Rules.WORKER),
    WRK_2("Silence after LOST or CANCELED", Rules.WORKER),
    WRK_3("Graceful stop", Rules.WORKER),
    WRK_4("Every end of a handler ends the attempt", Rules.WORKER),
    WRK_5("Types without a handler are not asked for", Rules.WORKER);

    private static final String WORKER =
            "A rule of the worker runtime, not of a store; tested in dev.jobqueue.worker of this module's tests";
    private static final Pattern ID = Pattern.compile("\\G(?:, )?((?:[A-Z]+-)?[A-Za-z0-9]+)");

    private final String title;
    private final Optional<String> untestable;

    Rules(String title) {
        this.title = title;
        this.untestable = Optional.empty();
    }

    Rules(String title, String untestable) {
        this.title = title;
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

    /** Why no test of this kit can reach the rule, if none can. */
    public Optional<String> untestable() {
        return untestable;
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
            if (end != colon) {
                ids.clear();
            }
        }
        return ids;
    }
}
