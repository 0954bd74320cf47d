package dev.jobqueue.testkit;

/**
 * A place in one of the orders that the reference store keeps; ties are broken by enqueue order.
 *
 * @param major what orders first: a time, a negated priority, or 0
 */
record Position(long major, long seq) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
        int byMajor = Long.compare(major, other.major);
        return byMajor != 0 ? byMajor : Long.compare(seq, other.seq);
    }

    /** For the next page of a list. */
    String toCursor() {
        return major + ":" + seq;
    }

    static Position ofCursor(String cursor) {
        int colon = cursor.indexOf(':');
        try {
            return new Position(
                    Long.parseLong(cursor.substring(0, colon)), Long.parseLong(cursor.substring(colon + 1)));
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw new IllegalArgumentException("not the next page of a list of this store: '" + cursor + "'", e);
        }
    }
}
