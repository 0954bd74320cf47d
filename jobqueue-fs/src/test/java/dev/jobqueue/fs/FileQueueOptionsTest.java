package dev.jobqueue.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.QueueOptions;
import dev.jobqueue.fs.engine.Settings;
import dev.jobqueue.spi.StoreClock;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FileQueueOptionsTest {
    private static final FileQueueOptions DEFAULT = FileQueueOptions.DEFAULT;

    private static void holdsFrom(
            long least,
            long most,
            String name,
            LongFunction<FileQueueOptions> setter,
            ToLongFunction<FileQueueOptions> getter) {
        assertThat(getter.applyAsLong(setter.apply(least))).isEqualTo(least);
        assertThat(getter.applyAsLong(setter.apply(most))).isEqualTo(most);
        for (long wrong : new long[] {least - 1, most + 1}) {
            assertThatThrownBy(() -> setter.apply(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("%s must be %d to %d: %d", name, least, most, wrong);
        }
    }

    @Test
    @DisplayName("sizes are taken up to their bounds, and refused beyond with value and bounds")
    void bounds() {
        holdsFrom(64 << 10, 1 << 30, "segmentBytes", DEFAULT::segmentBytes, FileQueueOptions::segmentBytes);
        holdsFrom(0, 1L << 40, "cacheBytes", DEFAULT::cacheBytes, FileQueueOptions::cacheBytes);
        holdsFrom(4 << 10, 1L << 40, "checkpointBytes", DEFAULT::checkpointBytes, FileQueueOptions::checkpointBytes);
    }

    @Test
    @DisplayName("each setter changes its own setting, which the store gets")
    void settings() {
        QueueOptions queue = QueueOptions.DEFAULT;
        StoreClock clock = StoreClock.system();
        FileQueueOptions all = new FileQueueOptions(queue, true, 1 << 20, 2 << 20, 3 << 20, clock);
        assertThat(DEFAULT.queue(queue)
                        .recoverAtOpen(true)
                        .segmentBytes(1 << 20)
                        .cacheBytes(2 << 20)
                        .checkpointBytes(3 << 20)
                        .clock(clock))
                .isEqualTo(all);
        assertThat(all.settings(true)).isEqualTo(new Settings(clock, 1 << 20, 2 << 20, 3 << 20, true, true));
        assertThat(all.recoverAtOpen(false).settings(false))
                .isEqualTo(new Settings(clock, 1 << 20, 2 << 20, 3 << 20, false, false));
    }
}
