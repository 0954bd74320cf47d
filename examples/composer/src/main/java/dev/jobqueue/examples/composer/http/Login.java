package dev.jobqueue.examples.composer.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;

/** Finds out who makes a request. Thread-safe. */
interface Login {
    /**
     * Who makes this request.
     *
     * @throws Refused if nobody has logged in, or not with what the listener takes
     */
    Caller caller(Context context) throws Refused;

    /** What {@code WWW-Authenticate} tells those who have not logged in; empty if there is no such way to log in. */
    default Optional<String> challenge() {
        return Optional.empty();
    }

    /** For a listener with this access. */
    static Login of(Access access) throws IOException {
        if (access instanceof Access.Certificates certificates) {
            return new CertificateLogin(certificates);
        }
        return access instanceof Access.Tokens tokens ? new TokenLogin(tokens) : context -> Caller.ANYBODY;
    }

    /** Nobody is let in; the message says why, without what was shown. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
