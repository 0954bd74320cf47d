package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.journal.Utf8Out;
import org.junit.jupiter.api.Test;

class SpareBlockTest {
    private static final int SMALLEST = 64 << 10;
    private static final int LARGEST = 4 << 20;

    private final SpareBlock spare = new SpareBlock();

    @Test
    void aLargeBlockIsUsedAgainOnceAndEmpty() {
        Utf8Out block = spare.take(SMALLEST);
        block.ascii("something");
        spare.give(block);
        assertThat(spare.take(SMALLEST)).isSameAs(block);
        assertThat(block.length()).isZero();
        assertThat(spare.take(SMALLEST)).isNotSameAs(block);
    }

    @Test
    void aCallThatNeedsLittleLeavesTheLargeBlockToOthers() {
        Utf8Out block = spare.take(LARGEST);
        spare.give(block);
        assertThat(spare.take(SMALLEST - 1)).isNotSameAs(block);
        assertThat(spare.take(SMALLEST)).isSameAs(block);
    }

    @Test
    void neitherASmallNorAHugeBlockIsKept() {
        Utf8Out small = spare.take(SMALLEST - 1);
        assertThat(small.array()).hasSize(SMALLEST - 1);
        spare.give(small);
        Utf8Out huge = spare.take(LARGEST + 1);
        assertThat(huge).isNotSameAs(small);
        assertThat(huge.array()).hasSize(LARGEST + 1);
        spare.give(huge);
        assertThat(spare.take(SMALLEST)).isNotSameAs(huge);
    }
}
