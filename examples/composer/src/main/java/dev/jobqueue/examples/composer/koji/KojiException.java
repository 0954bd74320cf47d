package dev.jobqueue.examples.composer.koji;

import org.jspecify.annotations.Nullable;

/** A call of the hub has failed. */
public abstract class KojiException extends Exception {
    private static final long serialVersionUID = 1;

    KojiException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The hub has refused the call: nothing was changed. */
    public static final class Refused extends KojiException {
        private static final long serialVersionUID = 1;

        private final int code;

        Refused(String message, int code, @Nullable Throwable cause) {
            super(message, cause);
            this.code = code;
        }

        /** The number of koji's fault. */
        public int code() {
            return code;
        }
    }

    /** No reply came: the call may or may not have been carried out. */
    public static final class Unknown extends KojiException {
        private static final long serialVersionUID = 1;

        Unknown(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The build has ended in another way, or is not there. */
    public static final class WrongState extends KojiException {
        private static final long serialVersionUID = 1;

        WrongState(String message) {
            super(message, null);
        }
    }
}
