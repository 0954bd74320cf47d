package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One JSON value as its UTF-8 bytes, kept exactly as given: key order, duplicate keys, the spelling of numbers, escapes and white space (TYP-3).
 *
 * <p>Immutable and thread-safe. Two values are equal if their bytes are.
 */
public final class RawJson {
    /** The JSON value {@code null}, which stands for every absent value (TYP-4). */
    public static final RawJson NULL = new RawJson("null".getBytes(StandardCharsets.US_ASCII));

    private final byte[] utf8;

    private RawJson(byte[] utf8) {
        this.utf8 = utf8;
    }

    /**
     * One JSON value given as text.
     *
     * @throws IllegalArgumentException if it is not exactly one JSON value, is nested deeper than 1,000, or has a lone surrogate, also as an escape
     */
    public static RawJson of(String text) {
        byte[] bytes = Json.utf8(requireNonNull(text, "text"));
        Json.requireValid(bytes);
        return new RawJson(bytes);
    }

    /**
     * One JSON value given as UTF-8, which is copied.
     *
     * @throws IllegalArgumentException as {@link #of(String)}
     */
    public static RawJson ofUtf8(byte[] utf8) {
        byte[] copy = utf8.clone();
        Json.requireValid(copy);
        return new RawJson(copy);
    }

    /** For stores: bytes that came out of a {@code RawJson} before. They are neither copied nor checked and must not be changed any more. */
    public static RawJson ofStored(byte[] utf8) {
        return new RawJson(requireNonNull(utf8, "utf8"));
    }

    /**
     * Writes a value with the library's mapper; {@code null} becomes JSON null.
     *
     * @throws IllegalArgumentException if Jackson cannot write it
     */
    public static RawJson from(@Nullable Object value) {
        return value == null ? NULL : JobType.encode(Json.MAPPER, value, "value");
    }

    /** The number of bytes. */
    public int size() {
        return utf8.length;
    }

    /** A read-only view of the bytes. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(utf8).asReadOnlyBuffer();
    }

    /** A copy of the bytes. */
    public byte[] toBytes() {
        return utf8.clone();
    }

    /** Copies the bytes into {@code target}, which must have room for {@link #size} bytes from {@code offset} on. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(utf8, 0, target, offset, utf8.length);
    }

    /** The bytes themselves, for readers in this package that do not change them. */
    byte[] unsafeBytes() {
        return utf8;
    }

    /** Whether this is the JSON value null. */
    public boolean isNull() {
        return utf8.length < 100 && toString().strip().equals("null");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RawJson json && Arrays.equals(utf8, json.utf8);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(utf8);
    }

    /** The JSON text. */
    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
