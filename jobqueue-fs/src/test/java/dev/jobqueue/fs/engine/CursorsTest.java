package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** QRY-2: the places in lists that pages name. */
class CursorsTest {
    @Test
    @DisplayName("a place is a number in enqueue order, with the time of the finish before it in lists by finish")
    void places() {
        assertThat(Cursors.sequence("42")).isEqualTo(42);
        assertThat(Cursors.sequence("7_42")).isEqualTo(42);
        assertThat(Cursors.finished("7_42")).isEqualTo(7);
    }

    @Test
    @DisplayName("what is no place of this list is refused and shown")
    void noPlaces() {
        for (String cursor : new String[] {"", "x", "1_x", "7_", "99999999999999999999"}) {
            assertThatThrownBy(() -> Cursors.sequence(cursor))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + cursor + "'")
                    .hasMessageContaining("Page.next");
        }
        for (String cursor : new String[] {"", "42", "_42", "x_42"}) {
            assertThatThrownBy(() -> Cursors.finished(cursor))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + cursor + "'");
        }
    }
}
