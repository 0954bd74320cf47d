package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.Attempt;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.journal.Ref;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JobIndexTest {
    private static final TypeName TYPE = TypeName.parse("a");
    private static final Ref REF = new Ref(0, 1, 0);

    private final JobIndex index = new JobIndex();
    private final Transitions transitions = new Transitions(index, new ChangeLog());
    private int jobs;

    private static TypeChannel channel(String name) {
        return new TypeChannel(TYPE, name);
    }

    private Entry insert(String channel, long wait, Entry... targets) {
        Entry e = new Entry(0, ++jobs, index.pairOrNew(channel(channel)));
        Edges edges = Edges.of(targets, new boolean[targets.length]);
        transitions.insert(e, jobs, edges, JobOptions.DEFAULT, 0, wait, REF);
        return e;
    }

    private Entry insert(String channel) {
        return insert(channel, 0);
    }

    private void end(Entry e, long at) {
        transitions.end(e, JobState.SUCCEEDED, at, null, null, -1, REF);
    }

    private void drop(Entry e) {
        end(e, 1);
        transitions.drop(e);
    }

    private List<Entry> dependents(Entry e, long after, int most) {
        List<Entry> found = new ArrayList<>();
        index.dependents(e, after, d -> {
            found.add(d);
            return found.size() < most;
        });
        return found;
    }

    @Test
    @DisplayName("a channel leaves nothing behind when its last job was dropped, and not before")
    void pairsAreForgotten() {
        Entry first = insert("once");
        Entry second = insert("once");
        drop(first);
        assertThat(index.pair(channel("once"))).isSameAs(second.pair);
        drop(second);
        assertThat(index.pair(channel("once"))).isNull();
        assertThat(index.pairs()).isEmpty();
    }

    @Test
    @DisplayName("a type has its ready and scheduled channels after another channel of it was forgotten")
    void pairsOfATypeStay() {
        Entry gone = insert("gone");
        Entry ready = insert("ready");
        Entry later = insert("later", 5);
        drop(gone);
        assertThat(index.readyPairs(TYPE)).containsExactly(ready.pair);
        assertThat(index.scheduledPairs(TYPE)).containsExactly(later.pair);
        drop(ready);
        drop(later);
        assertThat(index.readyPairs(TYPE)).isEmpty();
        assertThat(index.scheduledPairs(TYPE)).isEmpty();
        assertThat(index.readyPairs(TypeName.parse("unknown"))).isEmpty();
    }

    @Test
    @DisplayName("DEQ-14: somebody looks for due jobs only while there are scheduled ones")
    void scheduled() {
        assertThat(index.hasScheduled()).isFalse();
        Entry later = insert("c", 5);
        assertThat(index.hasScheduled()).isTrue();
        assertThat(later.pair.firstDue()).isEqualTo(5);
        transitions.promote(5);
        assertThat(index.hasScheduled()).isFalse();
        assertThat(later.pair.firstDue()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @DisplayName("FIN-8, FIN-10: as many tokens of ended attempts are known as attempts are kept")
    void pastTokens() {
        Entry e = insert("c");
        int attempts = Attempt.KEPT + 3;
        for (int token = 1; token <= attempts; token++) {
            transitions.start(e, 9, token, "worker", 0, 0, 0);
            assertThat(index.byToken(9, token)).isSameAs(e);
            assertThat(index.byToken(9, token - 1)).isNull();
            transitions.requeue(e, Attempt.End.RELEASED, 0, OpenJob.NEVER, null);
        }
        assertThat(index.byToken(9, attempts)).isSameAs(e);
        for (int token = 1; token < attempts; token++) {
            boolean known = index.pastToken(9, token) != null;
            assertThat(known).as("token %d", token).isEqualTo(token >= attempts - Attempt.KEPT);
        }
        int chain = 0;
        for (PastToken t = e.past(); t != null; t = t.older()) {
            chain++;
        }
        assertThat(chain).isEqualTo(Attempt.KEPT);

        drop(e);
        assertThat(index.byToken(9, attempts)).isNull();
        assertThat(index.pastToken(9, attempts - 1L)).isNull();
    }

    @Test
    @DisplayName("DUR-3: a lost job is known by neither its id nor its tokens")
    void forgetLost() {
        Entry e = insert("c");
        for (int token = 1; token <= 2; token++) {
            transitions.start(e, 9, token, "worker", 0, 0, 0);
            transitions.requeue(e, Attempt.End.RELEASED, 0, OpenJob.NEVER, null);
        }
        assertThat(index.job(0, e.idLow)).isSameAs(e);
        index.forgetLost(e);
        assertThat(index.job(0, e.idLow)).isNull();
        assertThat(index.byToken(9, 2)).isNull();
        assertThat(index.pastToken(9, 1)).isNull();
        assertThat(index.size()).isZero();
    }

    @Test
    @DisplayName("dependents come in enqueue order, behind a place, as far as they are wanted")
    void dependentsInPages() {
        Entry target = insert("c");
        Entry first = insert("c", 0, target);
        assertThat(dependents(target, Long.MIN_VALUE, 9)).containsExactly(first);
        assertThat(dependents(target, first.sequence - 1, 9)).containsExactly(first);
        assertThat(dependents(target, first.sequence, 9)).isEmpty();

        List<Entry> all = new ArrayList<>(List.of(first));
        for (int i = 0; i < 10; i++) {
            all.add(insert("c", 0, target));
        }
        assertThat(dependents(target, Long.MIN_VALUE, 99)).containsExactlyElementsOf(all);
        for (int i = 0; i < all.size(); i++) {
            assertThat(dependents(target, all.get(i).sequence, 99)).containsExactlyElementsOf(all.subList(i + 1, 11));
        }
        assertThat(dependents(target, first.sequence, 3)).containsExactlyElementsOf(all.subList(1, 4));

        end(target, 1);
        for (Entry e : all.subList(0, 9)) {
            drop(e);
            assertThat(dependents(target, Long.MIN_VALUE, 99))
                    .containsExactlyElementsOf(all.subList(all.indexOf(e) + 1, 11));
        }
    }

    @Test
    @DisplayName("QRY-2: jobs are finished one before the other by time, then in enqueue order")
    void orderOfFinish() {
        Entry a = insert("c");
        Entry b = insert("c");
        Entry c = insert("c");
        end(c, 1);
        end(b, 2);
        end(a, 2);
        assertThat(JobIndex.finishedBefore(c, a)).isTrue();
        assertThat(JobIndex.finishedBefore(a, b)).isTrue();
        assertThat(JobIndex.finishedBefore(b, a)).isFalse();
        assertThat(JobIndex.finishedBefore(a, a)).isFalse();
        assertThat(index.prunableAfter(null)).isSameAs(c);
        assertThat(index.prunableAfter(c)).isSameAs(a);
        assertThat(index.prunableAfter(b)).isNull();
    }

    @Test
    @DisplayName("QRY-2: the jobs of a state come behind a place, in enqueue order or in that of their finish")
    void jobsOfAStateInPages() {
        Entry a = insert("c");
        Entry b = insert("c");
        Entry c = insert("c");
        Pair pair = a.pair;
        assertThat(pair.unfinishedAfter(JobState.READY, 0)).toIterable().containsExactly(a, b, c);
        assertThat(pair.unfinishedAfter(JobState.READY, a.sequence))
                .toIterable()
                .containsExactly(b, c);
        assertThat(pair.unfinishedAfter(JobState.RUNNING, 0)).toIterable().isEmpty();
        end(c, 1);
        end(b, 2);
        end(a, 2);
        assertThat(pair.finishedAfter(0, 0)).toIterable().containsExactly(c, a, b);
        assertThat(pair.finishedAfter(2, a.sequence)).toIterable().containsExactly(b);
    }

    @Test
    @DisplayName("DEQ-14: jobs become due by time, those of one moment in enqueue order")
    void orderOfDueTimes() {
        Entry later = insert("c", 9);
        Entry first = insert("c", 5);
        Entry second = insert("c", 5);
        Entry soonest = insert("c", 1);
        assertThat(index.due).containsExactly(soonest, first, second, later);
    }
}
