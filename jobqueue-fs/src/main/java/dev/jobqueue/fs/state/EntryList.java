package dev.jobqueue.fs.state;

import java.util.Arrays;

/** The dependents of a job in enqueue order. Dropped ones stay until they are half of the list, so that dropping many costs little. */
final class EntryList {
    private Entry[] items = new Entry[4];
    private int size;
    private int dead;

    int size() {
        return size;
    }

    Entry get(int index) {
        return items[index];
    }

    /** How many are not dropped. */
    int live() {
        return size - dead;
    }

    void add(Entry entry) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = entry;
    }

    /** Notes that one of the entries was dropped. */
    void droppedOne() {
        dead++;
        if (dead * 2 > size) {
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (!items[i].dropped) {
                    items[kept++] = items[i];
                }
            }
            items = Arrays.copyOf(items, Math.max(4, kept));
            size = kept;
            dead = 0;
        }
    }
}
