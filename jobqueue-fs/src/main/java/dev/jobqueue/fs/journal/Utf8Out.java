package dev.jobqueue.fs.journal;

import dev.jobqueue.RawJson;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes with the few ways to write JSON that events need; not thread-safe. */
public final class Utf8Out {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int UUID_LENGTH = 36;
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle FOUR = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** The two digits of each number below 100. */
    private static final byte[] PAIRS = new byte[200];

    static {
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
        }
    }

    private static final int SMALL = 64 << 10;

    private byte[] bytes;
    private int length;

    public Utf8Out(int capacity) {
        bytes = new byte[capacity];
    }

    /** The array itself; valid until the next write. */
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Forgets everything written, and an array that has become larger than this: one call made it so, the next ones may need little. */
    public void reset(int keptCapacity) {
        length = 0;
        if (bytes.length > keptCapacity) {
            bytes = new byte[Math.min(keptCapacity, SMALL)];
        }
    }

    /** Drops what was written behind this length. */
    public void truncate(int newLength) {
        length = newLength;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Makes room for so many bytes more at once. To double again and again takes three times as much for a moment. */
    public void room(int more) {
        if (bytes.length - length < more) {
            long wanted = Math.max((long) length + more, Math.min(2L * bytes.length, Integer.MAX_VALUE - 16L));
            if (wanted > Integer.MAX_VALUE - 16L) {
                throw new IllegalArgumentException("one call may bring up to 2 GiB of args and results: split it");
            }
            bytes = Arrays.copyOf(bytes, (int) wanted);
        }
    }

    public Utf8Out raw(byte[] source, int offset, int count) {
        room(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    public Utf8Out raw(byte[] source) {
        return raw(source, 0, source.length);
    }

    public Utf8Out raw(RawJson json) {
        room(json.size());
        json.copyTo(bytes, length);
        length += json.size();
        return this;
    }

    public Utf8Out put(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /** Text of ASCII characters, as it is. */
    @SuppressWarnings("deprecation") // the one way to copy ASCII without encoding it
    public Utf8Out ascii(String text) {
        int count = text.length();
        room(count);
        text.getBytes(0, count, bytes, length);
        length += count;
        return this;
    }

    public Utf8Out number(long value) {
        room(20);
        if (value < 0) {
            return ascii(Long.toString(value));
        }
        int digits = 1;
        for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
            digits++;
        }
        digits(bytes, length + digits, value);
        length += digits;
        return this;
    }

    /** A number with blanks before it, so that it can be changed later by {@link #patch}. */
    public Utf8Out padded(long value, int width) {
        room(width);
        patch(bytes, length, width, value);
        length += width;
        return this;
    }

    /** Writes a number over {@code width} bytes, with blanks before it. */
    public static void patch(byte[] target, int offset, int width, long value) {
        Arrays.fill(target, offset, offset + width, (byte) ' ');
        if (value < 0) {
            byte[] text = Long.toString(value).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, target, offset + width - text.length, text.length);
            return;
        }
        digits(target, offset + width, value);
    }

    /** Writes a number that ends before this offset. */
    private static void digits(byte[] target, int end, long value) {
        int at = end;
        long v = value;
        while (v >= 10) {
            int pair = (int) (v % 100) * 2;
            v /= 100;
            target[--at] = PAIRS[pair + 1];
            target[--at] = PAIRS[pair];
        }
        if (v > 0 || at == end) {
            target[--at] = (byte) ('0' + v);
        }
    }

    /** So many hexadecimal digits of the low end of a number. */
    public Utf8Out hex(long value, int count) {
        room(count);
        for (int i = count - 1; i >= 0; i--) {
            bytes[length++] = HEX[(int) (value >>> (4 * i)) & 15];
        }
        return this;
    }

    /** A UUID in its usual form, without quotes. */
    public Utf8Out uuid(long high, long low) {
        room(UUID_LENGTH);
        long time = eightDigits(high);
        long random = eightDigits(low >>> 32);
        EIGHT.set(bytes, length, eightDigits(high >>> 32));
        bytes[length + 8] = '-';
        FOUR.set(bytes, length + 9, (int) (time >>> 32));
        bytes[length + 13] = '-';
        FOUR.set(bytes, length + 14, (int) time);
        bytes[length + 18] = '-';
        FOUR.set(bytes, length + 19, (int) (random >>> 32));
        bytes[length + 23] = '-';
        FOUR.set(bytes, length + 24, (int) random);
        EIGHT.set(bytes, length + 28, eightDigits(low));
        length += UUID_LENGTH;
        return this;
    }

    /** The eight hexadecimal digits of the low half of a number, as the bytes of another one. */
    private static long eightDigits(long value) {
        long spread = value & 0xffff_ffffL;
        spread = (spread | spread << 16) & 0x0000_ffff_0000_ffffL;
        spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ffL;
        spread = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0fL;
        long letters = (spread + 0x0606_0606_0606_0606L) >>> 4 & 0x0101_0101_0101_0101L;
        return spread + 0x3030_3030_3030_3030L + letters * ('a' - '0' - 10);
    }

    /** A JSON string with its quotes. */
    public Utf8Out string(String text) {
        int count = text.length();
        room(3 * count + 2);
        bytes[length++] = '"';
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                bytes[length++] = (byte) c;
            } else if (c < 0x80) {
                room(6 + 3 * (count - i));
                escape(c);
            } else if (Character.isHighSurrogate(c) && i + 1 < count && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                bytes[length++] = (byte) (0xf0 | (point >> 18));
                bytes[length++] = (byte) (0x80 | ((point >> 12) & 0x3f));
                bytes[length++] = (byte) (0x80 | ((point >> 6) & 0x3f));
                bytes[length++] = (byte) (0x80 | (point & 0x3f));
            } else if (Character.isSurrogate(c)) {
                room(6 + 3 * (count - i));
                escape(c);
            } else if (c < 0x800) {
                bytes[length++] = (byte) (0xc0 | (c >> 6));
                bytes[length++] = (byte) (0x80 | (c & 0x3f));
            } else {
                bytes[length++] = (byte) (0xe0 | (c >> 12));
                bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                bytes[length++] = (byte) (0x80 | (c & 0x3f));
            }
        }
        room(1);
        bytes[length++] = '"';
        return this;
    }

    /** Whether a character stands in JSON as one byte. */
    public static boolean isPlain(char c) {
        return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    }

    private void escape(char c) {
        bytes[length++] = '\\';
        if (c == '"' || c == '\\') {
            bytes[length++] = (byte) c;
        } else {
            bytes[length++] = 'u';
            hex(c, 4);
        }
    }

    /** {@code ,"name":}; names need no escape. */
    public Utf8Out field(String name) {
        return ascii(",\"").ascii(name).ascii("\":");
    }

    /** {@code ,"name":value}. */
    public Utf8Out field(String name, long value) {
        return field(name).number(value);
    }

    /** {@code ,"name":"value"}. */
    public Utf8Out field(String name, String value) {
        return field(name).string(value);
    }
}
