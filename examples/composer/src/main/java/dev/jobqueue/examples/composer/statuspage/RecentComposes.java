package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.Page;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The newest composes of one channel, newest first.
 *
 * <p>The queue lists finished jobs from the oldest on. So this follows its lists: it remembers where each one ended and reads on from there. A look costs what has happened since the last one, not what
 * has ever happened. The first look reads the history once; if that is long, later looks go on with it.
 *
 * <p>Thread-safe.
 */
final class RecentComposes {
    /** Older ones can be looked at by their id. */
    static final int KEPT = 10_000;

    /** Small, as the page that was not full is read again by the next look, with the results of its jobs. */
    private static final int FINISHED_PAGE = 10;

    private static final int UNFINISHED_PAGE = 100;

    /** How many pages of finished jobs one look reads of one type. */
    private static final int MOST_PAGES = 200;

    private static final List<JobState> STATES =
            List.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING);

    private final JobQueue queue;
    private final String channel;
    private final List<TypeName> types;

    /** The place in each list from which to read on. */
    private final Map<JobQuery, String> places = new HashMap<>();

    private final TreeMap<Key, Seen> seen = new TreeMap<>(Comparator.reverseOrder());

    private record Key(Instant enqueued, JobId id) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byTime = enqueued.compareTo(other.enqueued);
            return byTime != 0 ? byTime : id.compareTo(other.id);
        }
    }

    /** What the lists tell of a compose. */
    record Seen(JobId id, Instant enqueued, Optional<Instant> finished) {}

    /**
     * What a look found.
     *
     * @param composes newest first
     * @param complete whether the history has been read to its end
     */
    record Found(List<Seen> composes, boolean complete) {}

    /** Of the composes that these types stand for. */
    RecentComposes(JobQueue queue, String channel, List<TypeName> types) {
        this.queue = queue;
        this.channel = channel;
        this.types = List.copyOf(types);
    }

    /** Reads what is new, and gives all. */
    synchronized Found look() {
        Set<TypeChannel> unfinished =
                queue.counts().stream().map(count -> count.pair()).collect(Collectors.toSet());
        boolean complete = true;
        for (TypeName type : types) {
            // In the order in which a job moves, so that one which moves on while this reads is found in the later
            // list.
            if (unfinished.contains(new TypeChannel(type, channel))) {
                STATES.forEach(state -> follow(JobQuery.unfinished(type, channel, state), UNFINISHED_PAGE));
            }
            complete &= follow(JobQuery.finished(type, channel), FINISHED_PAGE);
        }
        while (seen.size() > KEPT) {
            seen.pollLastEntry();
        }
        return new Found(List.copyOf(seen.values()), complete);
    }

    /** Whether the end of the list was reached. */
    private boolean follow(JobQuery query, int size) {
        // A job may start to run, or become due, behind others that were enqueued later: these lists are read whole.
        // They
        // are no longer than there are workers, and as composes that wait for their time, of which there are few.
        boolean whole = query.state().equals(Optional.of(JobState.RUNNING))
                || query.state().equals(Optional.of(JobState.SCHEDULED));
        Optional<String> place = whole ? Optional.empty() : Optional.ofNullable(places.get(query));
        for (int pages = 0; whole || query.state().isPresent() || pages < MOST_PAGES; pages++) {
            Page<JobStatus<RawJson>> page = queue.list(query, new Page.Request(size, place));
            page.items().forEach(this::add);
            if (page.next().isEmpty()) {
                return true;
            }
            place = page.next();
            places.put(query, place.get());
        }
        return false;
    }

    private void add(JobStatus<RawJson> status) {
        seen.put(
                new Key(status.times().enqueued(), status.id()),
                new Seen(status.id(), status.times().enqueued(), status.times().finished()));
    }

    /** Forgets a compose that is no more. */
    synchronized void forget(Seen compose) {
        seen.remove(new Key(compose.enqueued(), compose.id()));
    }
}
