package dev.jobqueue.examples.composer.statuspage;

import io.pebbletemplates.pebble.extension.escaper.EscapingStrategy;
import org.unbescape.html.HtmlEscape;

/**
 * Puts text that anybody may have written into a page: as HTML it is inert, and nothing in it is hidden. Characters that cannot be seen, or that turn the direction of what
 * follows, are shown by their number.
 */
final class VisibleText implements EscapingStrategy {
    @Override
    public String escape(String text) {
        return HtmlEscape.escapeHtml4Xml(visible(text));
    }

    private static String visible(String text) {
        if (text.codePoints().noneMatch(VisibleText::hidden)) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (hidden(c)) {
                shown.append("\u2039U+%04X\u203a".formatted(c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    private static boolean hidden(int c) {
        int type = Character.getType(c);
        return (type == Character.CONTROL && c != '\n' && c != '\t')
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.PRIVATE_USE
                || type == Character.UNASSIGNED
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
