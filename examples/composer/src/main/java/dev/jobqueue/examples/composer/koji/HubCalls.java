package dev.jobqueue.examples.composer.koji;

import de.timroes.axmlrpc.XMLRPCClient;
import de.timroes.axmlrpc.XMLRPCException;
import de.timroes.axmlrpc.XMLRPCServerException;
import dev.jobqueue.examples.composer.koji.HubSession.Shown;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of a hub over XML-RPC, in a session if there is a login. A session begins with the first call, and anew when the hub says that it is over. Its calls go one after the other, for
 * the hub refuses numbers that do not grow. Thread-safe.
 */
final class HubCalls {
    private static final Logger LOG = LoggerFactory.getLogger(HubCalls.class);

    /** Koji's AuthError, of a session that it does not know (any more), and AuthExpired. */
    private static final int AUTH_ERROR = 1002;

    private static final int AUTH_EXPIRED = 1007;

    static {
        // Else the JDK sends a POST whose reply is lost once more, and the hub begins two builds.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final URI server;
    private final Optional<KojiLogin> login;
    private final int timeoutSeconds;
    private @Nullable HubSession session;

    HubCalls(URI server, Optional<KojiLogin> login, Duration timeout) {
        this.server = server;
        this.login = login;
        timeoutSeconds = Math.toIntExact(timeout.toSeconds());
        var unused = url(Shown.NOTHING);
    }

    private URL url(Shown shown) {
        try {
            return URI.create(server + shown.query()).toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("not the URL of a koji hub: " + server, e);
        }
    }

    /** Calls a method, once: unless the hub has refused it for its session, and then in a new one. */
    @Nullable
    Object call(String method, Object... parameters) throws KojiException {
        return login.isEmpty()
                ? send(Shown.NOTHING, method, parameters)
                : callInSession(login.get(), method, parameters);
    }

    private synchronized @Nullable Object callInSession(KojiLogin who, String method, Object... parameters)
            throws KojiException {
        HubSession current = session;
        if (current != null) {
            try {
                return send(current.next(), method, parameters);
            } catch (KojiException.Refused e) {
                if (e.code() != AUTH_ERROR && e.code() != AUTH_EXPIRED) {
                    throw e;
                }
                LOG.info("The session at {} is over, {} logs in again", server, who.user());
            }
        }
        session = null;
        HubSession begun = begin(who);
        session = begun;
        return send(begun.next(), method, parameters);
    }

    private HubSession begin(KojiLogin who) throws KojiException {
        Object answer = send(Shown.NOTHING, "login", who.user(), who.password());
        if (answer instanceof Map<?, ?> map && map.get("session-id") != null && map.get("session-key") != null) {
            return new HubSession(
                    String.valueOf(map.get("session-id")),
                    String.valueOf(map.get("session-key")),
                    Boolean.TRUE.equals(map.get("header-auth")));
        }
        throw new KojiException.Unknown(server + " answers a login without a session", null);
    }

    private @Nullable Object send(Shown shown, String method, Object... parameters) throws KojiException {
        XMLRPCClient client = new XMLRPCClient(url(shown), XMLRPCClient.FLAGS_NIL | XMLRPCClient.FLAGS_8BYTE_INT);
        client.setTimeout(timeoutSeconds);
        shown.headers().forEach(client::setCustomHttpHeader);
        try {
            return client.call(method, parameters);
        } catch (XMLRPCServerException e) {
            throw new KojiException.Refused(
                    server + " refuses " + method + Arrays.toString(harmless(parameters)) + ": " + e.getMessage(),
                    e.getErrorNr(),
                    e);
        } catch (XMLRPCException e) {
            // The JDK tells the whole URL, and a session may be in it.
            String why = String.valueOf(e.getMessage()).replace(shown.query(), "");
            throw new KojiException.Unknown(
                    "no reply of " + server + " to " + method + ": " + why,
                    shown.query().isEmpty() ? e : null);
        }
    }

    /** Names and numbers of what was asked for; neither tokens nor passwords nor contents. */
    private static Object[] harmless(Object... parameters) {
        return Arrays.stream(parameters)
                .filter(p -> p instanceof Map<?, ?> || p instanceof Number)
                .toArray();
    }
}
