package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Changes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ChangeLogTest {
    private final JobIndex index = new JobIndex();
    private final Pair a = pair("a");
    private final Pair b = pair("b");
    private final ChangeLog log = new ChangeLog();

    private Pair pair(String channel) {
        return index.pairOrNew(new TypeChannel(TypeName.parse("t"), channel));
    }

    @Test
    @DisplayName("jobs that became READY are counted for each type and channel, once")
    void ready() {
        log.ready(a);
        log.ready(a);
        assertThat(log.take()).isEqualTo(new Changes(Map.of(a.key, 2), Set.of(), List.of(), false));
        assertThat(log.take()).isEqualTo(Changes.NONE);
        log.ready(a);
        log.ready(b);
        log.ready(b);
        assertThat(log.take()).isEqualTo(new Changes(Map.of(a.key, 1, b.key, 2), Set.of(), List.of(), false));
        assertThat(log.take()).isEqualTo(Changes.NONE);
    }

    @Test
    @DisplayName("what became SCHEDULED and what ended is told once, each alone too")
    void scheduledAndEnded() {
        log.scheduled(a);
        log.scheduled(a);
        assertThat(log.take()).isEqualTo(new Changes(Map.of(), Set.of(a.key), List.of(), false));
        Entry e = new Entry(1, 2, b);
        log.ended(e);
        assertThat(log.take()).isEqualTo(new Changes(Map.of(), Set.of(), List.of(e.id()), false));
        assertThat(log.take()).isEqualTo(Changes.NONE);
    }
}
