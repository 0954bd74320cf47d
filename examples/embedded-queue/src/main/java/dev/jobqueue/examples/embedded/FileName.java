package dev.jobqueue.examples.embedded;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Names of files below a folder, spelled as in a URI ({@code a%20b.txt}).
 *
 * <p>A file name is a row of bytes that need not be text in the charset of this process; this spelling keeps each byte.
 */
final class FileName {
    private FileName() {}

    /** The name of a file below this folder. */
    static String of(Path folder, Path file) {
        String uri = file.toUri().getRawPath();
        int end = uri.endsWith("/") ? uri.length() - 1 : uri.length();
        return uri.substring(base(folder).getRawPath().length(), end);
    }

    /** The file with this name. */
    static Path resolve(Path folder, String name) {
        return Path.of(URI.create(base(folder) + name));
    }

    private static URI base(Path folder) {
        String uri = folder.toUri().toString();
        return URI.create(uri.endsWith("/") ? uri : uri + "/");
    }

    /** The bytes of the name. */
    static byte[] bytes(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '%') {
                bytes.write(Integer.parseInt(name, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(name.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    /** The name as text for a person. */
    static String shown(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }
}
