package dev.jobqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawJsonTest {
    @ParameterizedTest
    @DisplayName("TYP-3: JSON is kept byte by byte")
    @ValueSource(
            strings = {
                "null",
                "{\"b\":1,\"a\":2,\"b\":3}",
                "[1e2, 1E+2, 100.00, -0, 0.1000000000000000000000000000000000000000001]",
                "123456789012345678901234567890123456789012345678901234567890",
                "\"\\u0000 \\/ \\u00e9 \u00e9 <&> \\ud83d\\ude00 \ud83d\ude00\"",
                " { \"x\" : [ ] }\n"
            })
    void keepsTheBytes(String text) {
        RawJson json = RawJson.of(text);

        assertThat(json.toString()).isEqualTo(text);
        assertThat(json.toBytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(RawJson.ofUtf8(json.toBytes())).isEqualTo(json);
    }

    @ParameterizedTest
    @DisplayName("TYP-3: what is not exactly one JSON value is refused")
    @ValueSource(strings = {"", " ", "{", "[1,]", "nul", "1 2", "{} {}", "{\"a\":1}]", "'a'", "\"\u0001\"", "01"})
    void refusesOtherText(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.of(text)).withMessageStartingWith("not JSON");
    }

    @ParameterizedTest
    @DisplayName("TYP-3: a lone surrogate is refused, also as an escape and in a name")
    @ValueSource(
            strings = {"\"\\ud800\"", "\"\\udc00 x\"", "{\"\\ud83d\":1}", "[\"\\ud83d\\ud83d\\ude00\"]", "\"\ud800\""})
    void refusesLoneSurrogates(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.of(text)).withMessageContaining("surrogate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "a\ud83dz", "\ude00\ud83d"})
    @DisplayName(
            "TYP-3: a lone surrogate in a value that is written is refused too; pairs, and what only looks so, are not")
    void refusesLoneSurrogatesOfValues(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RawJson.from(List.of(text)))
                .withMessageContainingAll("value", "surrogate");
        assertThat(RawJson.from("\ud83d\ude00")).hasToString("\"\ud83d\ude00\"");
        assertThat(RawJson.from("\\ud83d")).hasToString("\"\\\\ud83d\"");
        assertThat(RawJson.from("\\uD83D\\udc00")).hasToString("\"\\\\uD83D\\\\udc00\"");
    }

    @Test
    @DisplayName("TYP-3: a surrogate or a broken sequence in UTF-8 bytes is refused")
    void refusesBrokenUtf8() {
        byte[] surrogate = {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'};
        byte[] cutOff = {'"', (byte) 0xC3, '"'};

        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.ofUtf8(surrogate));
        assertThatIllegalArgumentException().isThrownBy(() -> RawJson.ofUtf8(cutOff));
    }

    @Test
    @DisplayName("TYP-3: nesting to 1000 is kept, deeper is refused")
    void limitsNesting() {
        String deep = "[".repeat(1_000) + "]".repeat(1_000);

        assertThat(RawJson.of(deep).toString()).isEqualTo(deep);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RawJson.of("[" + deep + "]"))
                .withMessageContaining("1000");
    }

    @Test
    @DisplayName("TYP-3: the bytes given and the bytes got do not change the value")
    void isImmutable() {
        byte[] given = "[1]".getBytes(StandardCharsets.US_ASCII);
        RawJson json = RawJson.ofUtf8(given);
        given[1] = '2';
        json.toBytes()[1] = '3';

        assertThat(json.toString()).isEqualTo("[1]");
        assertThat(json.buffer().isReadOnly()).isTrue();
    }

    @Test
    @DisplayName("TYP-4: an absent value is JSON null")
    void absentIsNull() {
        JobType<String, String> type = JobType.of("t", String.class, String.class);

        assertThat(type.job(null).job().args()).isEqualTo(RawJson.NULL);
        assertThat(type.encodeResult(null)).isEqualTo(RawJson.NULL);
        assertThat(type.decodeResult(RawJson.NULL)).isNull();
        assertThat(RawJson.of(" null ").isNull()).isTrue();
        assertThat(RawJson.of("\"null\"").isNull()).isFalse();
    }

    @Test
    @DisplayName("two values are equal if their bytes are; the bytes can be copied to where they are wanted")
    void bytes() {
        RawJson json = RawJson.of("12");
        assertThat(json).isEqualTo(RawJson.of("12")).hasSameHashCodeAs(RawJson.of("12"));
        assertThat(json).isNotEqualTo(RawJson.of("12 ")).isNotEqualTo("12");
        assertThat(json.hashCode()).isNotEqualTo(RawJson.of("13").hashCode());
        byte[] target = new byte[4];
        json.copyTo(target, 1);
        assertThat(target).containsExactly(0, '1', '2', 0);
    }
}
