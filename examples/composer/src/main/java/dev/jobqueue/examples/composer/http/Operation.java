package dev.jobqueue.examples.composer.http;

import dev.jobqueue.JobId;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The id of one request, which sorts by time: in a header of every answer, in errors, and in the log (S13). */
public final class Operation {
    /** The header of answers. */
    public static final String HEADER = "X-Operation-Id";

    private static final String ATTRIBUTE = "operation-id";

    private Operation() {}

    /** A new id; of the same make as the ids of jobs, but not one. */
    static String newId() {
        return JobId.create().toString();
    }

    /** Gives the request an id, unless it has one. */
    static void begin(Context context) {
        if (id(context).isEmpty()) {
            String id = newId();
            context.attribute(ATTRIBUTE, id);
            context.header(HEADER, id);
        }
    }

    /** The id of the request. */
    public static Optional<String> id(Context context) {
        @Nullable String id = context.attribute(ATTRIBUTE);
        return Optional.ofNullable(id);
    }
}
