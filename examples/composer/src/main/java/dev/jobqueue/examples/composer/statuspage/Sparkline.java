package dev.jobqueue.examples.composer.statuspage;

import java.util.Arrays;
import java.util.Locale;

/**
 * A line without axes, as large as a word. The newest value is at the right; where there are no values yet the line has not begun.
 *
 * @param line the points of the line, for SVG
 * @param area the same, closed along the bottom
 * @param most the largest value, which reaches the top
 */
record Sparkline(String line, String area, long last, long most) {
    static final int WIDTH = 120;
    static final int HEIGHT = 28;

    /** Room for half of the line's width. */
    private static final int MARGIN = 2;

    static Sparkline of(long[] values, int places) {
        long most = Arrays.stream(values).max().orElse(0);
        double step = (double) WIDTH / (places - 1);
        StringBuilder line = new StringBuilder();
        double first = WIDTH - step * (values.length - 1);
        for (int i = 0; i < values.length; i++) {
            double height = most == 0 ? 0 : (double) values[i] / most * (HEIGHT - 2 * MARGIN);
            line.append(String.format(Locale.ROOT, "%.1f,%.1f ", first + i * step, HEIGHT - MARGIN - height));
        }
        String points = line.toString().strip();
        String area = String.format(Locale.ROOT, "%.1f,%d %s %d,%d", first, HEIGHT, points, WIDTH, HEIGHT);
        return new Sparkline(points, area, values.length == 0 ? 0 : values[values.length - 1], most);
    }
}
