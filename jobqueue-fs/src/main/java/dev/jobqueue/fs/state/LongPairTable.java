package dev.jobqueue.fs.state;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hash table whose keys, two longs, stand in the values themselves: about 9 bytes for each value besides the value.
 *
 * <p>Open addressing with linear probing; removal closes the gap. A tag of one byte for each place tells nearly always whether the value there is another
 * one, without a look at it: a large table is in no cache of the processor, its tags may be. Cut into {@value #PARTS} parts, so that growing moves one
 * part only: as long as keys are spread over them, no call waits for a million entries to be moved.
 */
abstract class LongPairTable<T> {
    private static final int PARTS = 64;

    /** Of a number whose upper bits say which part. */
    static final int PART_SHIFT = 58;

    private static final int FIRST = 8;

    /** Parts up to this length do not shrink. */
    private static final int KEPT = 64;

    /** One of the parts. */
    private static final class Part {
        final @Nullable Object[] values;

        /** For each place seven bits of the hash and one that is set, 0 if it is empty. */
        final byte[] tags;

        final int mask;
        int size;

        Part(int length) {
            values = new Object[length];
            tags = new byte[length];
            mask = length - 1;
        }

        int home(long hash) {
            return (int) (hash >>> 24) & mask;
        }

        void put(long hash, Object value) {
            int i = home(hash);
            while (tags[i] != 0) {
                i = i + 1 & mask;
            }
            set(i, tag(hash), value);
            size++;
        }

        void set(int place, byte tag, @Nullable Object value) {
            tags[place] = tag;
            values[place] = value;
        }
    }

    private final Part[] parts = new Part[PARTS];
    private int size;

    LongPairTable() {
        Arrays.setAll(parts, i -> new Part(FIRST));
    }

    abstract long high(T value);

    abstract long low(T value);

    /** Both halves matter: version 7 ids differ in the low bits of a millisecond and in the random part. */
    private static long hash(long high, long low) {
        long h = (high ^ Long.rotateLeft(low, 32)) * 0x9e3779b97f4a7c15L;
        h ^= low * 0xc2b2ae3d27d4eb4fL;
        return (h ^ h >>> 29) * 0xbf58476d1ce4e5b9L;
    }

    private long hash(T value) {
        return hash(high(value), low(value));
    }

    /** The part of a key. A table may see to it that keys that are used together stand together. */
    int part(long high, long hash) {
        return (int) (hash >>> PART_SHIFT);
    }

    private static byte tag(long hash) {
        return (byte) (hash >>> 16 | 0x80);
    }

    @SuppressWarnings("unchecked")
    private T cast(Object value) {
        return (T) value;
    }

    /** The value of a key; a call that finds none has brought the place where it would stand into the cache of the processor. */
    @Nullable
    T get(long high, long low) {
        long hash = hash(high, low);
        Part part = parts[part(high, hash)];
        byte wanted = tag(hash);
        for (int i = part.home(hash); ; i = i + 1 & part.mask) {
            byte tag = part.tags[i];
            if (tag == wanted || tag == 0) {
                Object found = part.values[i];
                if (found == null) {
                    return null;
                }
                T value = cast(found);
                if (low(value) == low && high(value) == high) {
                    return value;
                }
            }
        }
    }

    /** Adds a value whose key is not there. */
    void add(T value) {
        long hash = hash(value);
        int p = part(high(value), hash);
        if ((parts[p].size + 1) * 4L > parts[p].tags.length * 3L) {
            resize(p, parts[p].tags.length * 2);
        }
        parts[p].put(hash, value);
        size++;
    }

    private void resize(int p, int length) {
        Part larger = new Part(length);
        for (Object value : parts[p].values) {
            if (value != null) {
                larger.put(hash(cast(value)), value);
            }
        }
        parts[p] = larger;
    }

    /** Removes this very value if it is there. */
    void remove(T value) {
        long hash = hash(value);
        int p = part(high(value), hash);
        Part part = parts[p];
        int gap = part.home(hash);
        while (part.values[gap] != value) {
            if (part.tags[gap] == 0) {
                return;
            }
            gap = gap + 1 & part.mask;
        }
        // Whoever was pushed past the gap moves into it.
        for (int i = gap + 1 & part.mask; part.tags[i] != 0; i = i + 1 & part.mask) {
            int home = part.home(hash(cast(requireNonNull(part.values[i]))));
            if ((i - home & part.mask) >= (i - gap & part.mask)) {
                part.set(gap, part.tags[i], part.values[i]);
                gap = i;
            }
        }
        part.set(gap, (byte) 0, null);
        size--;
        if (--part.size * 8L < part.tags.length && part.tags.length > KEPT) {
            resize(p, part.tags.length / 2);
        }
    }

    int size() {
        return size;
    }

    void forEach(Consumer<? super T> action) {
        for (Part part : parts) {
            for (Object value : part.values) {
                if (value != null) {
                    action.accept(cast(value));
                }
            }
        }
    }
}
