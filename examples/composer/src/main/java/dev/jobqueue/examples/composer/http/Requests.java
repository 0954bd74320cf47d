package dev.jobqueue.examples.composer.http;

import dev.jobqueue.JobOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads requests, before anything is done. Thread-safe. */
public final class Requests {
    private final Errors errors;
    private final OpenApi openApi;
    private final int maxBodyBytes;
    private final HttpLimits limits;

    Requests(Errors errors, OpenApi openApi, int maxBodyBytes, HttpLimits limits) {
        this.limits = limits;
        this.errors = errors;
        this.openApi = openApi;
        this.maxBodyBytes = maxBodyBytes;
    }

    /**
     * The body as a value of this class, checked against a schema of the OpenAPI file.
     *
     * @throws ApiException if there is not exactly one media type, {@code application/json}, or the body is too large, breaks off, is no JSON or something else
     */
    public <T> T body(Context context, String schema, Class<T> bodyClass) throws IOException {
        List<String> types = Collections.list(context.req().getHeaders("Content-Type"));
        if (!types.equals(List.of("application/json"))) {
            throw new ApiException(errors.of(CommonError.MEDIA_TYPE), "media type " + types);
        }
        byte[] bytes = bytes(context);
        List<String> mismatches = openApi.mismatches(schema, ComposerJson.tree(json(bytes)));
        if (!mismatches.isEmpty()) {
            throw ApiException.withDetails(
                    errors.of(CommonError.SHAPE), "body is no " + schema + ": " + mismatches, mismatches);
        }
        try {
            return ComposerJson.MAPPER.readValue(bytes, bodyClass);
        } catch (JacksonException e) {
            throw new ApiException(errors.of(CommonError.SHAPE), "body is no " + schema, e);
        }
    }

    /**
     * Whose jobs the caller sees and makes: the channel of its tenant, or {@link JobOptions#DEFAULT_CHANNEL} where access is open.
     *
     * @throws ApiException if the caller has logged in, but belongs to no tenant
     */
    public String channel(Context context) {
        return Caller.of(context)
                .flatMap(Caller::channel)
                .orElseThrow(() -> new ApiException(errors.of(CommonError.TENANT), "a caller without a tenant"));
    }

    private byte[] bytes(Context context) throws IOException {
        // Who waits for leave to go on hears at once that the body is too large. Others hear it best when they have
        // sent it.
        boolean waits = "100-continue".equalsIgnoreCase(context.header("Expect"));
        if (!waits || context.req().getContentLengthLong() <= maxBodyBytes) {
            byte[] bytes = content(context).readNBytes(maxBodyBytes + 1);
            if (bytes.length <= maxBodyBytes) {
                return bytes;
            }
        }
        throw new ApiException(errors.of(CommonError.TOO_LARGE), "a body has at most " + maxBodyBytes + " bytes");
    }

    /** The body as it comes in: whatever keeps it from coming ends the request with an error of the client. */
    public InputStream content(Context context) {
        return new ClientBody(
                context.bodyInputStream(),
                limits,
                (message, cause) -> new ApiException(errors.of(CommonError.BAD_REQUEST), message, cause));
    }

    private RawJson json(byte[] bytes) {
        try {
            return RawJson.ofUtf8(bytes);
        } catch (IllegalArgumentException e) {
            throw new ApiException(errors.of(CommonError.BODY), "body is no JSON", e);
        }
    }

    /** Refuses clients that want something else than JSON. */
    void requireJsonAccepted(Context context) {
        @Nullable String accept = context.header("Accept");
        if (accept != null
                && !accept.isBlank()
                && List.of(accept.split(",", -1)).stream().noneMatch(Requests::isJson)) {
            throw new ApiException(errors.of(CommonError.NOT_ACCEPTABLE), "accepts " + accept);
        }
    }

    private static boolean isJson(String range) {
        String type = range.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.equals("*/*") || type.equals("application/*") || type.equals("application/json");
    }
}
