package dev.jobqueue.fs.state;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.PauseScope;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All jobs by id, by token and in their orders. Only {@link Transitions} and the loader of checkpoints change it. */
public final class JobIndex {
    /** A unique key while it is held (ENQ-5). */
    record UniqueKey(Pair pair, String key) {}

    private final LongPairTable<Entry> jobs = new LongPairTable<>() {
        /** Ids of version 7 begin with the time in milliseconds: those of the same 16 share a part, which fits into the caches of the processor, and
         * so does not grow evenly: a million ids of one moment would be moved together. */
        @Override
        int part(long high, long hash) {
            return (int) (((high >>> 20) * 0x9e3779b97f4a7c15L) >>> PART_SHIFT);
        }

        @Override
        long high(Entry e) {
            return e.idHigh;
        }

        @Override
        long low(Entry e) {
            return e.idLow;
        }
    };

    private static final class TokenTable extends LongPairTable<Entry> {
        @Override
        long high(Entry e) {
            return e.tokenHigh;
        }

        @Override
        long low(Entry e) {
            return e.tokenLow;
        }
    }

    /** Running jobs by their token: a small table, in which most tokens are found. */
    private final LongPairTable<Entry> runningTokens = new TokenTable();

    /** Other jobs by the token of their last attempt. */
    private final LongPairTable<Entry> endedTokens = new TokenTable();

    private final LongPairTable<PastToken> pastTokens = new LongPairTable<>() {
        @Override
        long high(PastToken t) {
            return t.high;
        }

        @Override
        long low(PastToken t) {
            return t.low;
        }
    };

    private final Map<TypeChannel, Pair> pairs = new HashMap<>();
    private final Map<TypeName, TypePairs> types = new HashMap<>();
    private final Map<UniqueKey, Entry> keys = new HashMap<>();
    final Set<PauseScope> paused = new LinkedHashSet<>();
    final SortedEntries due = new SortedEntries(Order.DUE);
    final SortedEntries running = new SortedEntries(Order.SEQUENCE);

    /** Finished jobs without dependents. */
    final SortedEntries prunable = new SortedEntries(Order.FINISH);

    public final LiveBytes live = new LiveBytes();
    long nextSequence = 1;

    // ---- lookups

    public @Nullable Entry job(long high, long low) {
        return jobs.get(high, low);
    }

    /** The job whose last token this is. */
    public @Nullable Entry byToken(long high, long low) {
        // In this order, because those who end many jobs at once ask for all of them first: so each place in the large
        // table is near when it is needed.
        Entry ended = endedTokens.get(high, low);
        return ended != null ? ended : runningTokens.get(high, low);
    }

    public @Nullable PastToken pastToken(long high, long low) {
        return pastTokens.get(high, low);
    }

    public @Nullable Pair pair(TypeChannel key) {
        return pairs.get(key);
    }

    public Pair pairOrNew(TypeChannel key) {
        Pair pair = pairs.get(key);
        if (pair == null) {
            TypePairs type = types.computeIfAbsent(key.type(), TypePairs::new);
            type.pairs++;
            pair = new Pair(key, type);
            pairs.put(key, pair);
        }
        return pair;
    }

    /** Drops a pair without jobs, so that channels that are used once leave nothing behind. */
    void releasePair(Pair pair) {
        if (pair.jobs == 0 && pairs.remove(pair.key, pair) && --pair.type.pairs == 0) {
            types.remove(pair.type.name);
        }
    }

    public Collection<Pair> pairs() {
        return pairs.values();
    }

    /** The pairs of a full type name that have READY jobs. */
    public Collection<Pair> readyPairs(TypeName name) {
        TypePairs type = types.get(name);
        return type == null ? Set.of() : type.withReady;
    }

    /** The pairs of a full type name that have SCHEDULED jobs. */
    public Collection<Pair> scheduledPairs(TypeName name) {
        TypePairs type = types.get(name);
        return type == null ? Set.of() : type.withScheduled;
    }

    /** Whether any job is SCHEDULED. */
    public boolean hasScheduled() {
        return !due.isEmpty();
    }

    /** All running jobs in enqueue order. */
    public Iterable<Entry> running() {
        return running;
    }

    /** The first finished job without dependents behind this one in the order of finish; the first of all for null. */
    public @Nullable Entry prunableAfter(@Nullable Entry e) {
        if (e == null) {
            return prunable.first();
        }
        Iterator<Entry> rest = prunable.after(e);
        return rest.hasNext() ? rest.next() : null;
    }

    /** Whether one job was finished before another, by time and then enqueue order. */
    public static boolean finishedBefore(Entry a, Entry b) {
        return Order.FINISH.compare(a, b) < 0;
    }

    /** The unfinished job that holds a unique key. */
    public @Nullable Entry holder(Pair pair, String key) {
        return keys.get(new UniqueKey(pair, key));
    }

    public int size() {
        return jobs.size();
    }

    public void forEach(Consumer<? super Entry> action) {
        jobs.forEach(action);
    }

    public Set<PauseScope> paused() {
        return paused;
    }

    public boolean isPaused(Pair pair) {
        if (!paused.isEmpty()) {
            for (PauseScope scope : paused) {
                if (scope.covers(pair.key)) {
                    return true;
                }
            }
        }
        return false;
    }

    public long nextSequence() {
        return nextSequence;
    }

    // ---- structure, for Transitions and the loader

    void addJob(Entry e) {
        jobs.add(e);
        e.pair.jobs++;
        nextSequence = Math.max(nextSequence, e.sequence + 1);
    }

    void removeJob(Entry e) {
        jobs.remove(e);
        forgetTokens(e);
        e.pair.jobs--;
        releasePair(e.pair);
    }

    /** For repair: a job that cannot be read is not there. Only what a checkpoint has is put right. */
    public void forgetLost(Entry e) {
        jobs.remove(e);
        forgetTokens(e);
    }

    private void forgetTokens(Entry e) {
        if (e.hasToken) {
            runningTokens.remove(e);
            endedTokens.remove(e);
        }
        for (PastToken t = e.past; t != null; t = t.older) {
            pastTokens.remove(t);
        }
    }

    /** Gives a job that is about to run the token of its next attempt; the one before becomes a past one. */
    void replaceToken(Entry e, long high, long low) {
        Attempt.End end = e.lastEnd();
        if (e.hasToken) {
            endedTokens.remove(e);
            if (end != null) {
                addPast(e, new PastToken(e.tokenHigh, e.tokenLow, end, e));
            }
        }
        e.token(high, low);
    }

    /** A job with the token of an attempt that has ended. */
    void addEndedToken(Entry e) {
        endedTokens.add(e);
    }

    void addPast(Entry e, PastToken token) {
        token.older = e.past;
        e.past = token;
        pastTokens.add(token);
        int kept = 1;
        for (PastToken t = token; t.older != null; t = t.older) {
            if (++kept == Attempt.KEPT) {
                if (t.older.older != null) {
                    pastTokens.remove(t.older.older);
                    t.older.older = null;
                }
                break;
            }
        }
    }

    /** Puts an unfinished job into the orders of its state. */
    void enter(Entry e, JobState state) {
        e.state(state);
        Pair pair = e.pair;
        switch (state) {
            case BLOCKED -> pair.blocked.add(e);
            case SCHEDULED -> {
                pair.scheduled.add(e);
                pair.due.add(e);
                due.add(e);
                if (pair.due.size() == 1) {
                    pair.type.withScheduled.add(pair);
                }
            }
            case READY -> {
                pair.readyBySequence.add(e);
                pair.ready.add(e);
                if (pair.ready.size() == 1) {
                    pair.type.withReady.add(pair);
                }
            }
            case RUNNING -> {
                pair.running.add(e);
                running.add(e);
                runningTokens.add(e);
            }
            default -> throw new IllegalArgumentException("finished: " + state);
        }
    }

    /** Takes an unfinished job out of the orders of its state. */
    void leave(Entry e) {
        Pair pair = e.pair;
        switch (e.state()) {
            case BLOCKED -> pair.blocked.remove(e);
            case SCHEDULED -> {
                pair.scheduled.remove(e);
                pair.due.remove(e);
                due.remove(e);
                if (pair.due.isEmpty()) {
                    pair.type.withScheduled.remove(pair);
                }
            }
            case READY -> {
                pair.readyBySequence.remove(e);
                pair.ready.remove(e);
                if (pair.ready.isEmpty()) {
                    pair.type.withReady.remove(pair);
                }
            }
            case RUNNING -> {
                pair.running.remove(e);
                running.remove(e);
                runningTokens.remove(e);
                endedTokens.add(e);
            }
            default -> throw new IllegalArgumentException("finished: " + e.state());
        }
    }

    /** Puts a finished job, whose finish time is set, into the orders of finished jobs. */
    void enterFinished(Entry e, JobState state) {
        e.state(state);
        e.pair.finished.add(e);
        if (e.dependents == null) {
            prunable.add(e);
        }
    }

    void leaveFinished(Entry e) {
        e.pair.finished.remove(e);
        prunable.remove(e);
    }

    void holdKey(Entry e, JobOptions options) {
        options.uniqueKey().ifPresent(key -> keys.put(new UniqueKey(e.pair, key), e));
    }

    void freeKey(Entry e, JobOptions options) {
        options.uniqueKey().ifPresent(key -> keys.remove(new UniqueKey(e.pair, key), e));
    }

    /**
     * Notes that one job depends on another; the dependent is the newest one of all.
     *
     * @return false if it is noted already
     */
    boolean addDependent(Entry target, Entry dependent) {
        Object list = target.dependents;
        if (list == null) {
            if (target.finished()) {
                prunable.remove(target);
            }
            target.dependents = dependent;
        } else if (list instanceof EntryList many) {
            if (many.get(many.size() - 1) == dependent) {
                return false;
            }
            many.add(dependent);
        } else if (list == dependent) {
            return false;
        } else {
            EntryList many = new EntryList();
            many.add((Entry) list);
            many.add(dependent);
            target.dependents = many;
        }
        return true;
    }

    /** Takes a dropped dependent off, once. */
    void removeDependent(Entry target) {
        if (target.dependents instanceof EntryList many) {
            many.droppedOne();
            if (many.live() == 0) {
                target.dependents = null;
            }
        } else {
            target.dependents = null;
        }
        if (target.dependents == null && target.finished() && !target.dropped) {
            prunable.add(target);
        }
    }

    /** The dependents of a job that are kept, in enqueue order, behind this sequence number, while the visitor says so. */
    public void dependents(Entry e, long after, Predicate<? super Entry> visitor) {
        if (e.dependents instanceof Entry one) {
            if (one.sequence > after && !visitor.test(one)) {
                return;
            }
        } else if (e.dependents instanceof EntryList many) {
            int low = 0;
            int high = many.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (many.get(middle).sequence <= after) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            for (int i = low; i < many.size(); i++) {
                if (!many.get(i).dropped && !visitor.test(many.get(i))) {
                    return;
                }
            }
        }
    }

    public boolean hasDependents(Entry e) {
        return e.dependents != null;
    }
}
