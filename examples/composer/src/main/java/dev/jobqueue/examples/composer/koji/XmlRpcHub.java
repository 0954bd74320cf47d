package dev.jobqueue.examples.composer.koji;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A hub over XML-RPC. */
public final class XmlRpcHub implements KojiHub {
    /** The content generator, as the hub knows it. */
    static final String GENERATOR = "osbuild";

    private static final int CHUNK = 1 << 20;

    private final URI server;
    private final HubCalls calls;

    /** Without a login, as {@link #XmlRpcHub(URI, Optional, Duration)}. */
    public XmlRpcHub(URI server, Duration timeout) {
        this(server, Optional.empty(), timeout);
    }

    /**
     * @param server the URL of the hub
     * @param login who calls; nobody if it is empty
     * @param timeout how long to wait for a connection and for each reply
     */
    public XmlRpcHub(URI server, Optional<KojiLogin> login, Duration timeout) {
        this.server = server;
        calls = new HubCalls(server, login, timeout);
    }

    @Override
    public Reserved begin(BuildName name) throws KojiException {
        Map<?, ?> answer = struct("CGInitBuild", calls.call("CGInitBuild", GENERATOR, of(name)));
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
        Object answer = calls.call("getBuild", which);
        if (answer == null) {
            return Optional.empty();
        }
        Map<?, ?> build = struct("getBuild", answer);
        BuildName name = new BuildName(text(build, "name"), text(build, "version"), text(build, "release"));
        return Optional.of(new HubBuild(number(build, "id"), name, BuildState.of(number(build, "state"))));
    }

    @Override
    public void cancel(long buildId) throws KojiException {
        calls.call("cancelBuild", buildId);
    }

    @Override
    public Sent send(Path file, String directory, String name) throws KojiException, IOException {
        MessageDigest whole = md5();
        long sent = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0 || sent == 0; chunk = in.readNBytes(CHUNK)) {
                String sum = HexFormat.of().formatHex(md5().digest(chunk));
                calls.call("uploadFile", directory, name, chunk.length, sum, sent, chunk);
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
        calls.call("CGImport", metadata, directory, build.token());
    }

    @Override
    public void fail(Reserved build) throws KojiException {
        calls.call("CGRefundBuild", GENERATOR, build.buildId(), build.token(), BuildState.FAILED.number());
    }

    private Map<?, ?> struct(String method, @Nullable Object answer) throws KojiException {
        if (answer instanceof Map<?, ?> map) {
            return map;
        }
        throw new KojiException.Unknown(server + " answers " + method + " with " + answer, null);
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
        throw new KojiException.Unknown(server + " gives '" + name + "' as " + value, null);
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
