package dev.jobqueue.examples.composer.http;

import dev.jobqueue.JobId;
import dev.jobqueue.examples.composer.logs.LogKeys;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.ContextHandler.ContextScopeListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** The id of one request: in a header of every answer, in errors, and in the log (S13). It sorts by time, unless the client has chosen it. */
public final class Operation {
    /** The header of answers, and of requests whose client has an id already. */
    public static final String HEADER = "X-Operation-Id";

    /** Gives each request its id, and the log the id for as long as a thread works for the request. */
    static final ContextScopeListener LOGGED = new ContextScopeListener() {
        @Override
        public void enterScope(org.eclipse.jetty.server.Context server, @Nullable Request request) {
            if (request != null) {
                MDC.put(LogKeys.OPERATION_ID, begin(request));
            }
        }

        @Override
        public void exitScope(org.eclipse.jetty.server.Context server, @Nullable Request request) {
            // What else the request has put there, too: the thread goes on to the next one.
            MDC.clear();
        }
    };

    private static final String ATTRIBUTE = "operation-id";
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private Operation() {}

    /** A new id; of the same make as the ids of jobs, but not one. */
    static String newId() {
        return JobId.create().toString();
    }

    private static String begin(Request request) {
        if (request.getAttribute(ATTRIBUTE) instanceof String known) {
            return known;
        }
        @Nullable String given = request.getHeaders().get(HEADER);
        String id = given != null && UUID.matcher(given).matches() ? given : newId();
        request.setAttribute(ATTRIBUTE, id);
        return id;
    }

    /** Tells the client. */
    static void tell(Context context) {
        id(context).ifPresent(id -> context.header(HEADER, id));
    }

    /** The id of the request. */
    public static Optional<String> id(Context context) {
        @Nullable String id = context.attribute(ATTRIBUTE);
        return Optional.ofNullable(id);
    }
}
