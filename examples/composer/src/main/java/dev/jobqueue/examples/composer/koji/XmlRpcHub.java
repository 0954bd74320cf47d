package dev.jobqueue.examples.composer.koji;

import de.timroes.axmlrpc.XMLRPCClient;
import de.timroes.axmlrpc.XMLRPCException;
import de.timroes.axmlrpc.XMLRPCServerException;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A hub over XML-RPC. */
public final class XmlRpcHub implements KojiHub {
    /** The content generator, as the hub knows it. */
    static final String GENERATOR = "osbuild";

    private static final int CHUNK = 1 << 20;

    static {
        // Else the JDK sends a POST whose reply is lost once more, and the hub begins two builds.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final URL url;
    private final XMLRPCClient client;

    /**
     * @param server the URL of the hub
     * @param timeout how long to wait for a connection and for each reply
     */
    public XmlRpcHub(URI server, Duration timeout) {
        try {
            this.url = server.toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("not the URL of a koji hub: " + server, e);
        }
        client = new XMLRPCClient(url, XMLRPCClient.FLAGS_NIL | XMLRPCClient.FLAGS_8BYTE_INT);
        client.setTimeout(Math.toIntExact(timeout.toSeconds()));
    }

    @Override
    public Reserved begin(BuildName name) throws KojiException {
        Map<?, ?> answer = struct("CGInitBuild", call("CGInitBuild", GENERATOR, of(name)));
        return new Reserved(number(answer, "build_id"), text(answer, "token"));
    }

    private static Map<String, Object> of(BuildName name) {
        return Map.of("name", name.name(), "version", name.version(), "release", name.release());
    }

    @Override
    public Optional<HubBuild> build(long id) throws KojiException {
        return build((Object) id);
    }

    @Override
    public Optional<HubBuild> build(BuildName name) throws KojiException {
        return build((Object) of(name));
    }

    private Optional<HubBuild> build(Object which) throws KojiException {
        Object answer = call("getBuild", which);
        if (answer == null) {
            return Optional.empty();
        }
        Map<?, ?> build = struct("getBuild", answer);
        BuildName name = new BuildName(text(build, "name"), text(build, "version"), text(build, "release"));
        return Optional.of(new HubBuild(number(build, "id"), name, BuildState.of(number(build, "state"))));
    }

    @Override
    public void cancel(long buildId) throws KojiException {
        call("cancelBuild", buildId);
    }

    @Override
    public Sent send(Path file, String directory, String name) throws KojiException, IOException {
        MessageDigest whole = md5();
        long sent = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0 || sent == 0; chunk = in.readNBytes(CHUNK)) {
                String sum = HexFormat.of().formatHex(md5().digest(chunk));
                call("uploadFile", directory, name, chunk.length, sum, sent, chunk);
                whole.update(chunk);
                sent += chunk.length;
                if (chunk.length == 0) {
                    break;
                }
            }
        }
        return new Sent(sent, HexFormat.of().formatHex(whole.digest()));
    }

    @Override
    public void complete(Reserved build, Map<String, Object> metadata, String directory) throws KojiException {
        call("CGImport", metadata, directory, build.token());
    }

    @Override
    public void fail(Reserved build) throws KojiException {
        call("CGRefundBuild", GENERATOR, build.buildId(), build.token(), BuildState.FAILED.number());
    }

    private @Nullable Object call(String method, Object... parameters) throws KojiException {
        try {
            return client.call(method, parameters);
        } catch (XMLRPCServerException e) {
            throw new KojiException.Refused(
                    url + " refuses " + method + Arrays.toString(shown(parameters)) + ": " + e.getMessage(),
                    e.getErrorNr(),
                    e);
        } catch (XMLRPCException e) {
            throw new KojiException.Unknown("no reply of " + url + " to " + method + ": " + e.getMessage(), e);
        }
    }

    /** Names and numbers of what was asked for; neither tokens nor contents. */
    private static Object[] shown(Object... parameters) {
        return Arrays.stream(parameters)
                .filter(p -> p instanceof Map<?, ?> || p instanceof Number)
                .toArray();
    }

    private Map<?, ?> struct(String method, @Nullable Object answer) throws KojiException {
        if (answer instanceof Map<?, ?> map) {
            return map;
        }
        throw new KojiException.Unknown(url + " answers " + method + " with " + answer, null);
    }

    private long number(Map<?, ?> struct, String name) throws KojiException {
        return member(struct, name, Number.class).longValue();
    }

    private String text(Map<?, ?> struct, String name) throws KojiException {
        return member(struct, name, String.class);
    }

    private <T> T member(Map<?, ?> struct, String name, Class<T> type) throws KojiException {
        Object value = struct.get(name);
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        throw new KojiException.Unknown(url + " gives '" + name + "' as " + value, null);
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
