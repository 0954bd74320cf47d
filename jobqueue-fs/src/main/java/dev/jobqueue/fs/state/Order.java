package dev.jobqueue.fs.state;

/** The orders of {@link SortedEntries}; the sequence number makes each of them total. */
enum Order {
    /** Enqueue order. */
    SEQUENCE {
        @Override
        int compare(Entry a, Entry b) {
            return Long.compare(a.sequence, b.sequence);
        }
    },
    /** Claim order (DEQ-1). */
    PRIORITY {
        @Override
        int compare(Entry a, Entry b) {
            int byPriority = Integer.compare(
                    b.open().options.priority(), a.open().options.priority());
            return byPriority != 0 ? byPriority : Long.compare(a.sequence, b.sequence);
        }
    },
    /** The next one to become due first. */
    DUE {
        @Override
        int compare(Entry a, Entry b) {
            int byDue = Long.compare(a.open().due, b.open().due);
            return byDue != 0 ? byDue : Long.compare(a.sequence, b.sequence);
        }
    },
    /** Oldest finish first. */
    FINISH {
        @Override
        int compare(Entry a, Entry b) {
            int byTime = Long.compare(a.finished, b.finished);
            return byTime != 0 ? byTime : Long.compare(a.sequence, b.sequence);
        }
    };

    abstract int compare(Entry a, Entry b);
}
