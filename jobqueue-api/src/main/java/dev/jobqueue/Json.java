package dev.jobqueue;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The one Jackson mapper of the library and the check that text is JSON. */
final class Json {
    /** How deep arrays and objects may be nested (TYP-3). */
    static final int MAX_DEPTH = 1_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(
                    StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    /** Unknown fields are ignored (TYP-6). */
    static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Json() {}

    /**
     * Checks that these bytes are exactly one JSON value in UTF-8.
     *
     * @throws IllegalArgumentException if they are not; the message says where
     */
    static void requireValid(byte[] utf8) {
        boolean loneSurrogate = false;
        int values = 0;
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (depth == 0 && !token.isStructEnd() && ++values > 1) {
                    throw new IllegalArgumentException("not JSON: a second value at byte "
                            + parser.currentTokenLocation().getByteOffset());
                }
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                } else if (token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME) {
                    loneSurrogate |= hasLoneSurrogate(parser.getString());
                }
            }
        } catch (JacksonException e) {
            TokenStreamLocation location = e.getLocation();
            String where = location == null ? "" : " at " + location.offsetDescription();
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage() + where, e);
        }
        if (values == 0) {
            throw new IllegalArgumentException("not JSON: there is no value; write null for an absent one");
        }
        if (loneSurrogate) {
            throw new IllegalArgumentException("not JSON that every store can keep: a lone surrogate in a string");
        }
    }

    static boolean hasLoneSurrogate(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    static void requireNoLoneSurrogate(String text, String what) {
        if (hasLoneSurrogate(text)) {
            throw new IllegalArgumentException(what + " has a lone surrogate: it cannot be written as UTF-8");
        }
    }

    /** Checks what Jackson has written: it escapes a lone surrogate and does not refuse it. Seldom is anything written that needs a closer look. */
    static void requireNoEscapedSurrogate(byte[] utf8, String what) {
        for (int i = 0; i + 2 < utf8.length; i++) {
            if (utf8[i] == '\\' && utf8[i + 1] == 'u' && (utf8[i + 2] == 'D' || utf8[i + 2] == 'd')) {
                try {
                    requireValid(utf8);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(what + ": " + e.getMessage(), e);
                }
                return;
            }
        }
    }

    static byte[] utf8(String text) {
        requireNoLoneSurrogate(text, "JSON text");
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
