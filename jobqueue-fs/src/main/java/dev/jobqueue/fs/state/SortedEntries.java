package dev.jobqueue.fs.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Entries in some order, as a list of short sorted arrays: 4 to 8 bytes an entry. Adding at the end, where nearly all entries belong, and taking the first
 * one cost the same however many there are.
 *
 * <p>What the order goes by must not change while an entry is in here.
 */
final class SortedEntries implements Iterable<Entry> {
    private static final int MAX_BLOCK = 512;

    private final Order order;
    private final ArrayList<Block> blocks = new ArrayList<>(1);
    private int size;

    private static final class Block {
        Entry[] items = new Entry[4];
        int start;
        int end;

        Entry last() {
            return items[end - 1];
        }

        int count() {
            return end - start;
        }
    }

    SortedEntries(Order order) {
        this.order = order;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    Entry first() {
        if (size == 0) {
            return null;
        }
        Block block = blocks.get(0);
        return block.items[block.start];
    }

    /** The first block whose last entry is not before this one. */
    private int blockOf(Entry entry) {
        int low = 0;
        int high = blocks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (order.compare(blocks.get(middle).last(), entry) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The index of the first item of a block that is not before this one. */
    private int indexOf(Block block, Entry entry) {
        int low = block.start;
        int high = block.end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (order.compare(block.items[middle], entry) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    void add(Entry entry) {
        size++;
        int last = blocks.size() - 1;
        if (last < 0 || order.compare(blocks.get(last).last(), entry) < 0) {
            if (last < 0 || blocks.get(last).count() == MAX_BLOCK) {
                blocks.add(new Block());
                last++;
            }
            insert(blocks.get(last), blocks.get(last).end, entry);
            return;
        }
        int b = blockOf(entry);
        Block block = blocks.get(b);
        if (block.count() == MAX_BLOCK) {
            split(b);
            b = blockOf(entry);
            block = blocks.get(b);
        }
        insert(block, indexOf(block, entry), entry);
    }

    private static void insert(Block block, int index, Entry entry) {
        int at = index;
        if (block.end == block.items.length) {
            int count = block.count();
            Entry[] target = count < block.items.length / 2
                    ? block.items
                    : new Entry[Math.min(MAX_BLOCK, Math.max(4, 2 * count))];
            System.arraycopy(block.items, block.start, target, 0, count);
            if (target == block.items) {
                Arrays.fill(target, count, block.end, null);
            }
            at -= block.start;
            block.items = target;
            block.start = 0;
            block.end = count;
        }
        System.arraycopy(block.items, at, block.items, at + 1, block.end - at);
        block.items[at] = entry;
        block.end++;
    }

    private void split(int b) {
        Block block = blocks.get(b);
        Block next = new Block();
        int middle = (block.start + block.end) >>> 1;
        next.items = Arrays.copyOfRange(block.items, middle, middle + MAX_BLOCK);
        next.end = block.end - middle;
        Arrays.fill(next.items, next.end, next.items.length, null);
        Arrays.fill(block.items, middle, block.end, null);
        block.end = middle;
        blocks.add(b + 1, next);
    }

    /** Removes this very entry; false if it is not there. */
    boolean remove(Entry entry) {
        boolean first = entry == first();
        int b = first ? 0 : blockOf(entry);
        if (b == blocks.size()) {
            return false;
        }
        Block block = blocks.get(b);
        int index = first ? block.start : indexOf(block, entry);
        if (index == block.end || block.items[index] != entry) {
            return false;
        }
        if (index - block.start < block.end - index) {
            System.arraycopy(block.items, block.start, block.items, block.start + 1, index - block.start);
            block.items[block.start++] = null;
        } else {
            System.arraycopy(block.items, index + 1, block.items, index, block.end - index - 1);
            block.items[--block.end] = null;
        }
        size--;
        int count = block.count();
        if (count == 0) {
            blocks.remove(b);
        } else if (count * 4 < block.items.length && block.items.length > 16) {
            block.items = Arrays.copyOfRange(block.items, block.start, block.start + 2 * count);
            Arrays.fill(block.items, count, block.items.length, null);
            block.start = 0;
            block.end = count;
        }
        return true;
    }

    /** All entries in order; nothing may be added or removed meanwhile. */
    @Override
    public Iterator<Entry> iterator() {
        return iterator(0, blocks.isEmpty() ? 0 : blocks.get(0).start);
    }

    /** The entries behind this one, which need not be there itself. */
    Iterator<Entry> after(Entry entry) {
        int b = blockOf(entry);
        if (b == blocks.size()) {
            return iterator(b, 0);
        }
        Block block = blocks.get(b);
        int index = indexOf(block, entry);
        return iterator(b, index < block.end && order.compare(block.items[index], entry) == 0 ? index + 1 : index);
    }

    private Iterator<Entry> iterator(int firstBlock, int firstIndex) {
        return new Iterator<>() {
            int b = firstBlock;
            int index = firstIndex;

            @Override
            public boolean hasNext() {
                while (b < blocks.size() && index >= blocks.get(b).end) {
                    b++;
                    index = b < blocks.size() ? blocks.get(b).start : 0;
                }
                return b < blocks.size();
            }

            @Override
            public Entry next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return blocks.get(b).items[index++];
            }
        };
    }
}
