package dev.jobqueue.testkit.contract;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The tags of the contract's tests, for builds that run a part of them. They stand in the display names too, behind the rules:
 * {@code "DUR-1 [optional, stochastic]: ..."}.
 */
public final class Level {
    /** Holds for every store. All tests have this tag that have not {@link #OPTIONAL}. */
    public static final String MUST = "must";

    /** Holds for stores that declare a capability; skipped for others. */
    public static final String OPTIONAL = "optional";

    /** Uses threads and chance: a failure is a real one, a pass proves less than with the other tests. */
    public static final String STOCHASTIC = "stochastic";

    /** Uses many jobs, see {@link StoreFixture#scale}. */
    public static final String SCALE = "scale";

    private Level() {}

    /** The level of a test with these tags, as display names have it: {@code must} or {@code optional}, then what else it is. */
    static String of(Collection<String> tags) {
        List<String> level = new ArrayList<>();
        level.add(tags.contains(OPTIONAL) ? OPTIONAL : MUST);
        for (String more : List.of(STOCHASTIC, SCALE)) {
            if (tags.contains(more)) {
                level.add(more);
            }
        }
        return String.join(", ", level);
    }
}
