package dev.jobqueue.examples.composer.koji;

import com.sun.net.httpserver.HttpExchange;
import dev.jobqueue.examples.composer.koji.TestHub.Fault;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sessions of a hub: who may log in, which sessions go on, and the number of each one's last call. As koji's {@code auth.py}. */
final class Sessions {
    private static final int AUTH_ERROR = 1002;
    private static final int ACTION_NOT_ALLOWED = 1004;
    private static final int AUTH_EXPIRED = 1007;
    private static final int SEQUENCE_ERROR = 1008;
    private static final Set<String> FOR_ALL = Set.of("login", "getBuild");

    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private @Nullable KojiLogin login;
    private boolean inHeaders;

    private static final class Session {
        final String key = UUID.randomUUID() + " &=";
        boolean expired;
        long lastCall = -1;
    }

    /** From now on only who logs in like this may do more than look. */
    void require(KojiLogin newLogin, boolean headers) {
        login = newLogin;
        inHeaders = headers;
    }

    void expire() {
        sessions.values().forEach(session -> session.expired = true);
    }

    void forget() {
        sessions.clear();
    }

    List<String> keys() {
        return sessions.values().stream().map(session -> session.key).toList();
    }

    Map<String, Object> begin(List<Object> parameters) throws Fault {
        if (login == null || !parameters.equals(List.of(login.user(), login.password()))) {
            throw new Fault(AUTH_ERROR, "invalid username or password");
        }
        String id = String.valueOf(sessions.size() + 1);
        Session session = new Session();
        sessions.put(id, session);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("session-id", Long.valueOf(id));
        answer.put("session-key", session.key);
        if (inHeaders) {
            answer.put("header-auth", true);
        }
        return answer;
    }

    /** Whether a call is allowed; counts it. */
    void check(String method, HttpExchange exchange) throws Fault {
        List<String> shown = inHeaders ? headers(exchange) : query(exchange);
        if (shown.isEmpty()) {
            if (login != null && !FOR_ALL.contains(method)) {
                throw new Fault(ACTION_NOT_ALLOWED, "you must be logged in for this operation");
            }
            return;
        }
        Session session = sessions.get(shown.get(0));
        if (session == null || !session.key.equals(shown.get(1))) {
            throw new Fault(AUTH_ERROR, "Invalid session or bad credentials");
        }
        if (session.expired) {
            throw new Fault(AUTH_EXPIRED, "session \"" + shown.get(0) + "\" has expired");
        }
        long number = Long.parseLong(shown.get(2));
        if (number <= session.lastCall) {
            throw new Fault(SEQUENCE_ERROR, session.lastCall + " > " + number + " (session " + shown.get(0) + ")");
        }
        session.lastCall = number;
    }

    private static List<String> headers(HttpExchange exchange) {
        List<String> values = new ArrayList<>();
        for (String name : List.of("Koji-Session-Id", "Koji-Session-Key", "Koji-Session-Callnum")) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static List<String> query(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        if (query == null) {
            return List.of();
        }
        Map<String, String> values = Arrays.stream(query.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
        return List.of(values.get("session-id"), values.get("session-key"), values.get("callnum"));
    }
}
