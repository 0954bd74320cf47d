package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EdgesTest {
    private final Pair pair = new JobIndex().pairOrNew(new TypeChannel(TypeName.parse("a"), "default"));
    private final Entry a = Entry.probe(pair, 0, 1);
    private final Entry b = Entry.probe(pair, 0, 2);
    private final Entry c = Entry.probe(pair, 0, 3);

    private static void holds(Entry[] targets, boolean... required) {
        Edges edges = Edges.of(targets, required);
        assertThat(edges.size()).isEqualTo(targets.length);
        for (int i = 0; i < targets.length; i++) {
            assertThat(edges.target(i)).isSameAs(targets[i]);
            assertThat(edges.required(i)).isEqualTo(required[i]);
            boolean any = false;
            for (int j = 0; j < targets.length; j++) {
                any |= targets[j] == targets[i] && required[j];
            }
            assertThat(edges.requires(targets[i])).isEqualTo(any);
            assertThat(edges.requires(targets[i])).as("asked again").isEqualTo(any);
        }
    }

    @Test
    @DisplayName("ENQ-7: edges are as they were given, by position")
    void byPosition() {
        holds(new Entry[0]);
        holds(new Entry[] {a}, true);
        holds(new Entry[] {a}, false);
        holds(new Entry[] {a, b, c}, true, true, true);
        holds(new Entry[] {a, b, c}, false, false, false);
        holds(new Entry[] {a, b, c}, false, true, false);
        holds(new Entry[] {a, b, a}, false, false, true);
    }

    @Test
    @DisplayName(
            "ERR-3: the failed requirement is the required one at the lowest position that has failed or was canceled")
    void failedRequirement() {
        Edges edges = Edges.of(new Entry[] {a, b, c}, new boolean[] {false, true, true});
        assertThat(edges.failedRequirement()).isNull();
        a.state(JobState.FAILED);
        assertThat(edges.failedRequirement()).as("not required").isNull();
        b.state(JobState.SUCCEEDED);
        assertThat(edges.failedRequirement()).isNull();
        c.state(JobState.CANCELED);
        assertThat(edges.failedRequirement()).isSameAs(c);
        b.state(JobState.FAILED);
        assertThat(edges.failedRequirement()).isSameAs(b);
        assertThat(Edges.NONE.failedRequirement()).isNull();
    }
}
