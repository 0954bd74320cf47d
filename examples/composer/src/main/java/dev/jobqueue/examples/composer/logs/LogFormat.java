package dev.jobqueue.examples.composer.logs;

import static java.util.Objects.requireNonNull;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import org.slf4j.LoggerFactory;

/** How the program writes its log, on the standard error. */
public enum LogFormat {
    /** Lines for people, as logback reads it by itself. */
    TEXT("/logback.xml"),
    /** An object of JSON in each line. */
    JSON("/logback-json.xml");

    private final String configuration;

    LogFormat(String configuration) {
        this.configuration = configuration;
    }

    /** From now on, in the whole program. */
    public void use() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        context.reset();
        try {
            configurator.doConfigure(requireNonNull(LogFormat.class.getResource(configuration)));
        } catch (JoranException e) {
            throw new IllegalStateException("no log by " + configuration, e);
        }
    }
}
