package dev.jobqueue.fs.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.journal.Position;
import dev.jobqueue.fs.journal.Ref;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LiveBytesTest {
    private final LiveBytes live = new LiveBytes();

    private static Ref ref(int segment, int length) {
        return new Ref(Position.of(segment, 100), length, 0);
    }

    @Test
    @DisplayName("bytes are counted for the segment where they stand, in whatever order segments are named")
    void countsBySegment() {
        live.add(ref(1, 10));
        live.add(ref(1, 20));
        live.add(ref(2, 5));
        live.add(ref(1, 3));
        live.remove(ref(2, 1));
        live.remove(ref(1, 20));
        assertThat(live.snapshot()).isEqualTo(Map.of(1, 13L, 2, 4L));
    }

    @Test
    @DisplayName("a deleted segment is forgotten, also when it was the last one that was counted")
    void forget() {
        live.add(ref(1, 10));
        live.add(ref(2, 5));
        live.forget(2);
        assertThat(live.snapshot()).isEqualTo(Map.of(1, 10L));
        live.add(ref(2, 7));
        assertThat(live.snapshot()).isEqualTo(Map.of(1, 10L, 2, 7L));
    }
}
