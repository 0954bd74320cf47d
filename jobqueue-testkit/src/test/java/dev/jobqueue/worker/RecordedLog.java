package dev.jobqueue.worker;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** The log of the tests in this module: silent, but a test may {@link #start} keeping what is logged, at every level. */
public final class RecordedLog implements SLF4JServiceProvider {
    /**
     * A line of the log.
     *
     * @param mdc as it was then
     */
    record Line(String text, Map<String, String> mdc) {}

    private static volatile @Nullable List<Line> lines;

    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter mdc = new BasicMDCAdapter();

    /** Keeps everything from now on; gives the growing list. */
    static List<Line> start() {
        List<Line> started = new CopyOnWriteArrayList<>();
        lines = started;
        return started;
    }

    static void stop() {
        lines = null;
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return RecordingLogger::new;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() {}

    private static final class RecordingLogger extends AbstractLogger {
        private static final long serialVersionUID = 1;

        RecordingLogger(String name) {
            this.name = name;
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String pattern,
                Object @Nullable [] arguments,
                @Nullable Throwable thrown) {
            List<Line> kept = lines;
            if (kept != null) {
                Map<String, String> context = MDC.getCopyOfContextMap();
                String text = MessageFormatter.basicArrayFormat(pattern, arguments);
                kept.add(new Line(level + " " + text + " " + thrown, context == null ? Map.of() : context));
            }
        }

        @Override
        public boolean isTraceEnabled() {
            return lines != null;
        }

        @Override
        public boolean isTraceEnabled(Marker marker) {
            return lines != null;
        }

        @Override
        public boolean isDebugEnabled() {
            return lines != null;
        }

        @Override
        public boolean isDebugEnabled(Marker marker) {
            return lines != null;
        }

        @Override
        public boolean isInfoEnabled() {
            return lines != null;
        }

        @Override
        public boolean isInfoEnabled(Marker marker) {
            return lines != null;
        }

        @Override
        public boolean isWarnEnabled() {
            return lines != null;
        }

        @Override
        public boolean isWarnEnabled(Marker marker) {
            return lines != null;
        }

        @Override
        public boolean isErrorEnabled() {
            return lines != null;
        }

        @Override
        public boolean isErrorEnabled(Marker marker) {
            return lines != null;
        }
    }

    /** For tests that log by themselves. */
    static Logger logger(String name) {
        return org.slf4j.LoggerFactory.getLogger(name);
    }
}
