package dev.jobqueue.worker;

import dev.jobqueue.JobError;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what a handler has thrown into the error that is stored (WRK-4). */
final class HandlerErrors {
    static final int MAX_REASON = 2_000;
    static final int MAX_FRAMES = 100;
    private static final int MAX_LINE = 500;
    private static final int MAX_CAUSES = 5;

    private HandlerErrors() {}

    /** HANDLER_FAILED with class, message and the first frames of the exception and of its causes. */
    static JobError of(Throwable thrown) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("exception", thrown.getClass().getName());
        String message = messageOf(thrown);
        if (message != null) {
            details.put("message", clean(message, MAX_REASON));
        }
        details.put("stackTrace", stackTrace(thrown));
        return error(LibraryError.HANDLER_FAILED, thrown).withDetails(RawJson.from(details));
    }

    /** The args do not fit the class; trying again is useless. */
    static JobError undecodable(Throwable thrown) {
        return error(LibraryError.UNDECODABLE_ARGS, thrown).asPermanent();
    }

    private static JobError error(LibraryError code, Throwable thrown) {
        String message = messageOf(thrown);
        return JobError.of(code, clean(message == null ? thrown.getClass().getName() : message, MAX_REASON));
    }

    /** An exception may be so broken that it cannot tell its message. */
    private static @Nullable String messageOf(Throwable thrown) {
        try {
            return thrown.getMessage();
        } catch (RuntimeException | StackOverflowError e) {
            return null;
        }
    }

    private static List<String> stackTrace(Throwable thrown) {
        List<String> lines = new ArrayList<>();
        @Nullable Throwable each = thrown;
        for (int depth = 0; each != null && depth <= MAX_CAUSES; depth++) {
            if (depth > 0) {
                String message = messageOf(each);
                lines.add(line("caused by " + each.getClass().getName() + (message == null ? "" : ": " + message)));
            }
            for (StackTraceElement frame : each.getStackTrace()) {
                if (lines.size() >= MAX_FRAMES) {
                    return lines;
                }
                lines.add(line(frame.toString()));
            }
            each = each.getCause();
        }
        return lines;
    }

    private static String line(String text) {
        return clean(text, MAX_LINE);
    }

    /** Shortened, and with a question mark for what cannot be written as UTF-8. */
    private static String clean(String text, int most) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), most));
        for (int i = 0; i < text.length() && clean.length() < most; i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))
                    && clean.length() + 2 <= most;
            if (pair) {
                clean.append(c).append(text.charAt(++i));
            } else {
                clean.append(Character.isSurrogate(c) ? '?' : c);
            }
        }
        return clean.toString();
    }
}
