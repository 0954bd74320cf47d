package dev.jobqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TYP-5: the checks that values share, at their bounds. */
class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "\ud83d\ude00", "\ud83d\ude00\ud83d\ude00z", " "})
    @DisplayName("TYP-5: a name is given back as it is; pairs of surrogates are characters like others")
    void names(String name) {
        assertThat(Names.requireName(name, "channel")).isEqualTo(name);
        assertThat(Names.requireName("x".repeat(255), "channel")).hasSize(255);
    }

    @Test
    @DisplayName("TYP-5: a name that is too long is shown up to its 80th character, with its length and the limit")
    void longNames() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.requireName("x".repeat(256), "channel"))
                .withMessage("channel must have 1 to 255 characters, not 256: '" + "x".repeat(80) + "...'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.requireName("", "channel"))
                .withMessage("channel must have 1 to 255 characters, not 0: ''");
    }

    @Test
    @DisplayName("TYP-5: what no name may have is named, with its place")
    void characters() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.requireName("ab\n", "channel"))
                .withMessage("channel must have no control character, found U+000A at 2");
        for (String lone : new String[] {"ab\ud83d", "ab\ude00\ud83d", "ab\ud83dz"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Names.requireName(lone, "channel"))
                    .withMessageContaining("lone surrogate")
                    .withMessageEndingWith("at 2");
        }
    }

    @Test
    @DisplayName("TYP-5: a number within its bounds is given back, the next one is refused with both of them")
    void ranges() {
        assertThat(Names.requireRange(3, 3, 5, "max")).isEqualTo(3);
        assertThat(Names.requireRange(5, 3, 5, "max")).isEqualTo(5);
        for (int outside : new int[] {2, 6}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Names.requireRange(outside, 3, 5, "max"))
                    .withMessage("max must be 3 to 5: " + outside);
        }
    }

    @Test
    @DisplayName("TYP-5: a duration has at most 100 years")
    void durations() {
        Duration most = Duration.ofDays(36_500);
        assertThat(Names.requireDuration(most, Duration.ZERO, "delay")).isEqualTo(most);
        assertThat(Names.requireDuration(Duration.ZERO, Duration.ZERO, "delay")).isZero();
        for (Duration outside : new Duration[] {most.plusNanos(1), Duration.ofNanos(-1)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Names.requireDuration(outside, Duration.ZERO, "delay"))
                    .withMessageContainingAll("delay", "PT876000H", outside.toString());
        }
    }

    @Test
    @DisplayName("the name of this process has its number and its host, and is a name")
    void nameOfThisProcess() {
        String name = WorkerName.ofThisProcess();
        assertThat(name).startsWith(ProcessHandle.current().pid() + "@");
        assertThat(Names.requireName(name, "worker")).isEqualTo(name);
    }
}
