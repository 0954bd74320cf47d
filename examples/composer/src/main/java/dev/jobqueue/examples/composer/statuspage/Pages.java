package dev.jobqueue.examples.composer.statuspage;

import io.pebbletemplates.pebble.PebbleEngine;
import io.pebbletemplates.pebble.loader.ClasspathLoader;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Makes HTML of the templates. All that they put in is escaped, as {@link VisibleText} does it. Thread-safe. */
final class Pages {
    private static final String ESCAPING = "visible";

    private final PebbleEngine engine;
    private final Map<String, Object> common;

    /** With values for all pages. */
    Pages(Map<String, Object> common) {
        this.common = Map.copyOf(common);
        ClasspathLoader loader = new ClasspathLoader(Pages.class.getClassLoader());
        loader.setPrefix(Pages.class.getPackageName().replace('.', '/'));
        loader.setSuffix(".html");
        engine = new PebbleEngine.Builder()
                .loader(loader)
                .strictVariables(true)
                .defaultLocale(Locale.ROOT)
                .addEscapingStrategy(ESCAPING, new VisibleText())
                .defaultEscapingStrategy(ESCAPING)
                .build();
    }

    /** The page that a template makes of these values. */
    String render(String template, Map<String, Object> values) {
        Map<String, Object> all = new HashMap<>(common);
        all.putAll(values);
        StringWriter page = new StringWriter();
        try {
            engine.getTemplate(template).evaluate(page, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return page.toString();
    }
}
