package dev.jobqueue.fs.state;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The edges in effect of a job, by position. */
public abstract sealed class Edges {
    /** A job without dependencies. */
    public static final Edges NONE = new Many(new Entry[0], new boolean[0]);

    private Edges() {}

    /** Edges to these jobs. The arrays are kept. */
    public static Edges of(Entry[] targets, boolean[] required) {
        return switch (targets.length) {
            case 0 -> NONE;
            case 1 -> required[0] ? new Required(targets[0]) : new After(targets[0]);
            default -> new Many(targets, required);
        };
    }

    public abstract int size();

    public abstract Entry target(int position);

    public abstract boolean required(int position);

    /** Whether any edge to this job is a required one. */
    public abstract boolean requires(Entry target);

    /** The first required edge whose target has failed or was canceled; null if there is none. */
    public @Nullable Entry failedRequirement() {
        for (int i = 0; i < size(); i++) {
            if (required(i) && target(i).unsuccessful()) {
                return target(i);
            }
        }
        return null;
    }

    private abstract static sealed class One extends Edges {
        private final Entry target;

        One(Entry target) {
            this.target = target;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public Entry target(int position) {
            return target;
        }
    }

    /** One edge that must succeed. */
    private static final class Required extends One {
        Required(Entry target) {
            super(target);
        }

        @Override
        public boolean required(int position) {
            return true;
        }

        @Override
        public boolean requires(Entry other) {
            return true;
        }
    }

    /** One edge that must end. */
    private static final class After extends One {
        After(Entry target) {
            super(target);
        }

        @Override
        public boolean required(int position) {
            return false;
        }

        @Override
        public boolean requires(Entry other) {
            return false;
        }
    }

    private static final class Many extends Edges {
        private final Entry[] targets;
        private final boolean[] required;
        private final boolean all;
        private final boolean any;
        private @Nullable Set<Entry> requiredTargets;

        Many(Entry[] targets, boolean[] required) {
            this.targets = targets;
            boolean every = true;
            boolean some = false;
            for (boolean r : required) {
                every &= r;
                some |= r;
            }
            this.all = every;
            this.any = some;
            this.required = every || !some ? new boolean[0] : required;
        }

        @Override
        public int size() {
            return targets.length;
        }

        @Override
        public Entry target(int position) {
            return targets[position];
        }

        @Override
        public boolean required(int position) {
            return any && (all || required[position]);
        }

        @Override
        public boolean requires(Entry target) {
            if (all || !any) {
                return any;
            }
            // A set, made once: a job with 100,000 edges is asked once for each that ends.
            Set<Entry> set = requiredTargets;
            if (set == null) {
                set = Collections.newSetFromMap(new IdentityHashMap<>());
                for (int i = 0; i < targets.length; i++) {
                    if (required[i]) {
                        set.add(targets[i]);
                    }
                }
                requiredTargets = set;
            }
            return set.contains(target);
        }
    }
}
