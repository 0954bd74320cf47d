package dev.jobqueue.fs.state;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hash table whose keys, two longs, stand in the values themselves: about 8 bytes for each value besides the value.
 *
 * <p>Open addressing with linear probing; removal closes the gap. Cut into {@value #PARTS} parts by hash, so that growing moves a small part only and no
 * call waits for a million entries to be moved.
 */
abstract class LongPairTable<T> {
    private static final int PARTS = 64;
    private static final int FIRST = 8;

    private final @Nullable Object[][] parts = new Object[PARTS][];
    private final int[] sizes = new int[PARTS];
    private int size;

    LongPairTable() {
        Arrays.setAll(parts, i -> new Object[FIRST]);
    }

    abstract long high(T value);

    abstract long low(T value);

    /** Both halves matter: version 7 ids differ in the low bits of a millisecond and in the random part. */
    private static long hash(long high, long low) {
        long h = (high ^ Long.rotateLeft(low, 32)) * 0x9e3779b97f4a7c15L;
        h ^= low * 0xc2b2ae3d27d4eb4fL;
        return (h ^ h >>> 29) * 0xbf58476d1ce4e5b9L;
    }

    private static int part(long hash) {
        return (int) (hash >>> 58);
    }

    private static int slot(long hash, int mask) {
        return (int) (hash >>> 24) & mask;
    }

    @SuppressWarnings("unchecked")
    private T cast(Object value) {
        return (T) value;
    }

    @Nullable
    T get(long high, long low) {
        long hash = hash(high, low);
        Object[] table = parts[part(hash)];
        int mask = table.length - 1;
        for (int i = slot(hash, mask); ; i = i + 1 & mask) {
            Object found = table[i];
            if (found == null) {
                return null;
            }
            T value = cast(found);
            if (low(value) == low && high(value) == high) {
                return value;
            }
        }
    }

    /** Adds a value whose key is not there. */
    void add(T value) {
        long hash = hash(high(value), low(value));
        int p = part(hash);
        if (++sizes[p] * 4L > parts[p].length * 3L) {
            resize(p, parts[p].length * 2);
        }
        put(parts[p], hash, value);
        size++;
    }

    private static void put(@Nullable Object[] table, long hash, Object value) {
        int mask = table.length - 1;
        int i = slot(hash, mask);
        while (table[i] != null) {
            i = i + 1 & mask;
        }
        table[i] = value;
    }

    private void resize(int p, int length) {
        @Nullable Object[] old = parts[p];
        @Nullable Object[] table = new Object[length];
        for (Object value : old) {
            if (value != null) {
                put(table, hash(high(cast(value)), low(cast(value))), value);
            }
        }
        parts[p] = table;
    }

    /** Removes this very value if it is there. */
    void remove(T value) {
        long hash = hash(high(value), low(value));
        int p = part(hash);
        @Nullable Object[] table = parts[p];
        int mask = table.length - 1;
        int gap = slot(hash, mask);
        while (table[gap] != value) {
            if (table[gap] == null) {
                return;
            }
            gap = gap + 1 & mask;
        }
        // Whoever was pushed past the gap moves into it.
        for (int i = gap + 1 & mask; table[i] != null; i = i + 1 & mask) {
            T other = cast(table[i]);
            int home = slot(hash(high(other), low(other)), mask);
            if ((i - home & mask) >= (i - gap & mask)) {
                table[gap] = other;
                gap = i;
            }
        }
        table[gap] = null;
        size--;
        if (--sizes[p] * 8L < table.length && table.length > FIRST) {
            resize(p, table.length / 2);
        }
    }

    int size() {
        return size;
    }

    void forEach(Consumer<? super T> action) {
        for (Object[] table : parts) {
            for (Object value : table) {
                if (value != null) {
                    action.accept(cast(value));
                }
            }
        }
    }
}
