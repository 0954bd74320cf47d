package dev.jobqueue.fs.engine;

import dev.jobqueue.fs.state.Entry;

/** The words of {@code Page.next}: {@code SEQUENCE} or {@code FINISHED_SEQUENCE}. */
final class Cursors {
    private Cursors() {}

    /** The place behind this job. */
    static String behind(Entry e, boolean byFinish) {
        return byFinish ? e.finishedAt() + "_" + e.sequence() : String.valueOf(e.sequence());
    }

    static long sequence(String cursor) {
        return number(cursor, cursor.substring(cursor.indexOf('_') + 1));
    }

    static long finished(String cursor) {
        return number(cursor, cursor.substring(0, Math.max(0, cursor.indexOf('_'))));
    }

    private static long number(String cursor, String part) {
        try {
            return Long.parseLong(part);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a place in this list: '" + cursor + "'; use what Page.next of this list gave", e);
        }
    }
}
