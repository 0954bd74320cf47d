package dev.jobqueue.fs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RecordHeaderTest {
    private static final byte[] BODY = "{\"drop\":[]}\n".getBytes(StandardCharsets.UTF_8);

    private static byte[] record() {
        byte[] bytes = new byte[RecordHeader.LENGTH + BODY.length];
        System.arraycopy(BODY, 0, bytes, RecordHeader.LENGTH, BODY.length);
        RecordHeader.write(bytes, 0, RecordHeader.JOURNAL, BODY.length, 42, 3, 8000, 0x7b1e9c02);
        return bytes;
    }

    @Test
    void isOneLineThatAPersonCanRead() {
        assertThat(new String(record(), StandardCharsets.UTF_8))
                .startsWith("J 0000000c 000000000000002a 00000003 00001f40 7b1e9c02 ")
                .endsWith("\n{\"drop\":[]}\n");
    }

    @Test
    void readsWhatItWrites() {
        byte[] bytes = record();
        RecordHeader header = RecordHeader.read(bytes, 0, bytes.length);
        assertThat(header).isNotNull();
        assertThat(header.kind()).isEqualTo('J');
        assertThat(header.bodyLength()).isEqualTo(BODY.length);
        assertThat(header.sequence()).isEqualTo(42);
        assertThat(header.segment()).isEqualTo(3);
        assertThat(header.forced()).isEqualTo(8000);
        assertThat(header.previous()).isEqualTo(0x7b1e9c02);
        assertThat(header.proves(bytes, 0)).isTrue();
    }

    @Test
    void noByteCanChangeUnseen() {
        byte[] bytes = record();
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) (1 << bit);
                RecordHeader header = RecordHeader.read(damaged, 0, damaged.length);
                boolean sameChecksumField = header != null && header.proves(damaged, 0);
                // Upper case letters are other bytes of the same checksum; then nothing it covers has changed.
                assertThat(sameChecksumField && !(i >= 55 && i < 63))
                        .as("byte " + i + " bit " + bit)
                        .isFalse();
            }
        }
    }

    @Test
    void zerosAreNoHeader() {
        assertThat(RecordHeader.read(new byte[RecordHeader.LENGTH], 0, RecordHeader.LENGTH))
                .isNull();
    }
}
