package dev.jobqueue.examples.composer.hostile;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Things that nobody should send, by a seed. Not thread-safe. */
final class Junk {
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "-1e-999",
            "9223372036854775808",
            "2147483648",
            "0.1",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"x86_64\"",
            "\"../../etc/passwd\"",
            "\"osbuild\"",
            "[]",
            "{}",
            "[[[[[[]]]]]]",
            "{\"a\":{\"a\":{\"a\":[]}}}");

    private static final List<String> SEGMENTS = List.of(
            "..",
            ".",
            "",
            "%2e%2e",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "..%2f..%2fetc%2fpasswd",
            "..%5c..%5cetc",
            "..;",
            "%00",
            "a%00b",
            "%c0%ae%c0%ae",
            "%ff",
            "%",
            "%zz",
            "%ed%a0%80",
            ".job",
            ".part",
            "tmp",
            "workers",
            "a:b",
            "con",
            "{token}",
            "*",
            "${x}",
            "~",
            "%0d%0aX-Injected:%20a");

    private final Random random;

    Junk(long seed) {
        random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    <T> T of(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    String uuid() {
        return new UUID((random.nextLong() & ~0xf000L) | 0x4000L, (random.nextLong() >>> 2) | Long.MIN_VALUE)
                .toString();
    }

    byte[] bytes(int most) {
        byte[] bytes = new byte[1 + random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A value of any type; the deeper the rarer. */
    String json(int depth) {
        return switch (random.nextInt(depth > 4 ? 2 : 5)) {
            case 0, 1 -> of(VALUES);
            case 2 -> "[" + json(depth + 1) + "," + json(depth + 1) + "]";
            case 3 ->
                "{\"" + of(List.of("types", "arch", "result", "partial", "koji", "a", "manifest")) + "\":"
                        + json(depth + 1) + "}";
            default -> "\"" + "x".repeat(random.nextInt(300)) + "\"";
        };
    }

    /** This text with some of its values replaced by others. */
    String spoilt(String json) {
        StringBuilder spoilt = new StringBuilder();
        for (String part : json.split("(?<=[:,\\[])", -1)) {
            spoilt.append(part);
            if (random.nextInt(6) == 0) {
                spoilt.append(json(2));
                if (random.nextBoolean()) {
                    spoilt.append(",");
                }
            }
        }
        return spoilt.toString();
    }

    /** A path below the base, with something in it that is no name. */
    String path() {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            path.append('/')
                    .append(random.nextInt(3) == 0 ? of(List.of("jobs", "composes", "errors", uuid())) : segment());
        }
        return path.toString();
    }

    String segment() {
        return random.nextInt(20) == 0 ? "x".repeat(random.nextInt(6_000)) : of(SEGMENTS);
    }

    /** These bytes with some of them changed, left out or said twice. */
    byte[] mutated(String request) {
        byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
        StringBuilder mutated = new StringBuilder();
        for (byte b : bytes) {
            switch (random.nextInt(500)) {
                case 0 -> mutated.append((char) random.nextInt(256));
                case 1 -> {}
                case 2 -> mutated.append((char) (b & 0xff)).append((char) (b & 0xff));
                default -> mutated.append((char) (b & 0xff));
            }
        }
        return mutated.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
