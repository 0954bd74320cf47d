package dev.jobqueue.examples.composer.koji;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Who logs in to a hub. */
public record KojiLogin(String user, String password) {
    /** Of its own: errors of this one do not show what they could not read. */
    private static final JsonMapper JSON = new JsonMapper();

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private record Entry(
            @Nullable URI server,
            @Nullable String user,
            @Nullable String password) {}

    /**
     * Reads the logins for hubs by their URLs, from a JSON file such as {@code [{"server": "https://koji.example.com/kojihub", "user": "builder", "password": "..."}]}. A
     * password is for the hub of its entry only, whatever other hubs a request may name.
     *
     * @throws IOException if the file cannot be read, is something else, or can be opened by others than its owner
     */
    public static Map<URI, KojiLogin> read(Path file) throws IOException {
        if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IOException("others may open " + file + ", which has passwords: its mode must be 600");
        }
        Map<URI, KojiLogin> logins = new LinkedHashMap<>();
        try {
            for (Entry entry : JSON.readValue(Files.readAllBytes(file), new TypeReference<List<Entry>>() {})) {
                if (entry.server() == null || entry.user() == null || entry.password() == null) {
                    throw new IOException(file + ": each login needs server, user and password");
                }
                logins.put(entry.server(), new KojiLogin(entry.user(), entry.password()));
            }
        } catch (JacksonException e) {
            throw new IOException(file + ": no JSON list of logins, " + e.getOriginalMessage(), e);
        }
        return logins;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "KojiLogin[user=" + user + "]";
    }
}
