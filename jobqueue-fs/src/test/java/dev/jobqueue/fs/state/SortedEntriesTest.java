package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SortedEntriesTest {
    private final Pair pair = new JobIndex().pairOrNew(new TypeChannel(TypeName.parse("a"), "default"));

    private void agreesWithATree(int adds, int spread, int removePercent) {
        Random random = new Random(adds);
        SortedEntries sorted = new SortedEntries(Order.FINISH);
        TreeSet<Entry> tree =
                new TreeSet<>(Comparator.<Entry>comparingLong(e -> e.finished).thenComparingLong(e -> e.sequence));
        List<Entry> present = new ArrayList<>();
        for (int i = 0; i < adds; i++) {
            Entry e = Entry.probe(pair, i + random.nextInt(spread), i);
            sorted.add(e);
            tree.add(e);
            present.add(e);
            if (random.nextInt(100) < removePercent) {
                Entry gone = random.nextBoolean() ? tree.first() : present.get(random.nextInt(present.size()));
                assertThat(sorted.remove(gone)).isEqualTo(tree.remove(gone));
            }
            assertThat(sorted.first()).isSameAs(tree.isEmpty() ? null : tree.first());
        }
        assertThat(sorted).containsExactlyElementsOf(tree);
        assertThat(sorted.size()).isEqualTo(tree.size());
        for (int i = 0; i < 200; i++) {
            Entry place = present.get(random.nextInt(present.size()));
            Iterator<Entry> rest = sorted.after(place);
            assertThat(rest.hasNext() ? rest.next() : null).isSameAs(tree.higher(place));
        }
    }

    @Test
    void addedInOrderAndTakenFromTheFront() {
        agreesWithATree(20_000, 1, 95);
    }

    @Test
    void addedNearlyInOrder() {
        agreesWithATree(20_000, 50, 40);
    }

    @Test
    void addedInAnyOrder() {
        agreesWithATree(20_000, 20_000, 60);
    }

    @Test
    void nothingIsBehindTheLastOne() {
        SortedEntries sorted = new SortedEntries(Order.SEQUENCE);
        assertThat(sorted.isEmpty()).isTrue();
        assertThat(sorted.after(Entry.probe(pair, 0, 1))).toIterable().isEmpty();
        sorted.add(Entry.probe(pair, 0, 1));
        assertThat(sorted.isEmpty()).isFalse();
        assertThat(sorted.after(Entry.probe(pair, 0, 1))).toIterable().isEmpty();
        assertThat(sorted.after(Entry.probe(pair, 0, 2))).toIterable().isEmpty();
    }
}
