package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class Utf8OutTest {
    private static String text(Utf8Out out) {
        return new String(out.toBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "plain", "\"\\/", "\u0000\n\u001f", "é ß", "\u20ac", "\ud834\udd1e", "\ud834 alone", "\udd1e"
            })
    void anyTextComesBackFromItsJson(String given) {
        Utf8Out out = new Utf8Out(1).string(given);
        assertThat(JsonMapper.shared().readTree(out.toBytes()).asString()).isEqualTo(given);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {0, 9, 10, 99, 100, 4711, 1_000_000, -1, 999_999_999_999_999_999L, Long.MAX_VALUE, Long.MIN_VALUE})
    void numbers(long given) {
        assertThat(text(new Utf8Out(1).number(given))).isEqualTo(String.valueOf(given));
    }

    @Test
    void paddedNumbersAreJsonAndCanBeChanged() {
        Utf8Out out = new Utf8Out(1).ascii("{\"n\":").padded(0, 16).put('}');
        Utf8Out.patch(out.array(), 5, 16, 1_795_000_000_000L);
        assertThat(JsonMapper.shared().readTree(out.toBytes()).path("n").asLong())
                .isEqualTo(1_795_000_000_000L);
        Utf8Out.patch(out.array(), 5, 16, -5);
        assertThat(JsonMapper.shared().readTree(out.toBytes()).path("n").asLong())
                .isEqualTo(-5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "018f0000-0000-7abc-8def-0123456789ab",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "fedcba98-7654-3210-0123-456789abcdef",
                "00000000-0000-0000-0000-000000000000"
            })
    void uuids(String text) {
        UUID id = UUID.fromString(text);
        assertThat(text(new Utf8Out(1).ascii("id ").uuid(id.getMostSignificantBits(), id.getLeastSignificantBits())))
                .isEqualTo("id " + text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u007f", "\u0080", "é", "\u07ff", "\u0800", "\u20ac", "\ud834\udd1e", "\udbff\udfff", " ", "~"})
    void whatNeedsNoEscapeStandsAsItIs(String given) {
        assertThat(text(new Utf8Out(1).string(given))).isEqualTo('"' + given + '"');
        assertThat(text(new Utf8Out(1).string(given + given))).isEqualTo('"' + given + given + '"');
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001f", "\"", "\ud834", "é", "\u20ac", "\ud834\udd1e", "a"})
    void thereIsRoomForAnyTextBehindAnyOther(String unit) {
        for (int count = 1; count < 40; count++) {
            for (int before = 0; before < 12; before++) {
                String given = "x".repeat(before) + unit.repeat(count) + "y".repeat(before);
                Utf8Out out = new Utf8Out(before).string(given);
                assertThat(JsonMapper.shared().readTree(out.toBytes()).asString())
                        .isEqualTo(given);
            }
        }
    }

    @Test
    void piecesFollowEachOther() {
        byte[] source = "0123456789".getBytes(StandardCharsets.UTF_8);
        Utf8Out out = new Utf8Out(1)
                .raw(source)
                .raw(source, 2, 3)
                .raw(RawJson.of("[1]"))
                .hex(0x1fL, 4)
                .field("n", 7)
                .field("s", "t")
                .padded(12, 5)
                .put('.');
        assertThat(text(out)).isEqualTo("0123456789234[1]001f,\"n\":7,\"s\":\"t\"   12.");
        assertThat(text(new Utf8Out(1).raw(RawJson.of("[1,2]")))).isEqualTo("[1,2]");
        assertThat(text(new Utf8Out(1).hex(-1L, 16))).isEqualTo("ffffffffffffffff");
    }

    @Test
    void resetKeepsAnArrayThatIsNotTooLarge() {
        Utf8Out out = new Utf8Out(10).ascii("0123456789");
        byte[] array = out.array();
        out.reset(10);
        assertThat(out.length()).isZero();
        assertThat(out.array()).isSameAs(array);
        out.reset(9);
        assertThat(out.array()).hasSize(9);
        assertThat(text(out.ascii("0123456789"))).isEqualTo("0123456789");
    }

    @Test
    void resetDropsALargeArrayForASmallOne() {
        Utf8Out out = new Utf8Out(2 << 20);
        out.reset(1 << 20);
        assertThat(out.array()).hasSize(64 << 10);
    }

    @Test
    void roomForAllIsMadeAtOnce() {
        Utf8Out out = new Utf8Out(10).ascii("01234");
        out.room(1_000);
        assertThat(out.array()).hasSize(1_005);
        byte[] array = out.array();
        assertThat(text(out.ascii("5"))).isEqualTo("012345");
        out.room(999);
        assertThat(out.array()).isSameAs(array);
    }
}
