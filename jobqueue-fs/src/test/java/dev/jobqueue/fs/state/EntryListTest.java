package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EntryListTest {
    private final Pair pair = new JobIndex().pairOrNew(new TypeChannel(TypeName.parse("a"), "default"));
    private final EntryList list = new EntryList();
    private final List<Entry> added = new ArrayList<>();

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            Entry e = Entry.probe(pair, 0, added.size());
            added.add(e);
            list.add(e);
        }
    }

    private void drop(Entry e) {
        e.dropped = true;
        list.droppedOne();
    }

    private List<Entry> items() {
        List<Entry> items = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            items.add(list.get(i));
        }
        return items;
    }

    @Test
    @DisplayName("dropped entries stay until they are more than half of the list; the others keep their order")
    void droppedOnesGo() {
        add(20);
        for (int i = 0; i < 10; i++) {
            drop(added.get(2 * i));
            assertThat(list.live()).isEqualTo(19 - i);
            assertThat(items()).as("half at most").isEqualTo(added);
        }
        drop(added.get(1));
        List<Entry> rest =
                List.of(3, 5, 7, 9, 11, 13, 15, 17, 19).stream().map(added::get).toList();
        assertThat(items()).isEqualTo(rest);
        assertThat(list.live()).isEqualTo(9);

        add(1);
        assertThat(list.get(9)).isSameAs(added.get(20));
        added.forEach(e -> {
            if (!e.dropped) {
                drop(e);
            }
        });
        assertThat(list.live()).isZero();
        assertThat(list.size()).isZero();
        add(5);
        assertThat(items()).isEqualTo(added.subList(21, 26));
    }
}
