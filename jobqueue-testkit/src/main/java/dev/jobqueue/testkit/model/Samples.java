package dev.jobqueue.testkit.model;

import dev.jobqueue.Backoff;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The values that programs choose from, simplest first. Few enough to meet often, and times that meet exactly; among them what codecs and SQL stumble
 * over.
 */
final class Samples {
    static final List<TypeName> TYPES =
            List.of(TypeName.parse("a"), TypeName.parse("a:x"), TypeName.parse("b'\"\\; ß𝄞:x:%_"));

    static final List<String> CHANNELS = List.of("default", "org-7", " --'\"\\u0000 é𝄞\u2028");

    static final List<String> KEYS = List.of("k", "K '\"\\ ß𝄞");

    static final List<String> WORKERS = List.of("w", "1@host '\"\\ é𝄞");

    static final List<String> TEXTS = List.of("", "because", "'\"\\\\ \t\r\n\u0000\u001f\u007f\u0085\u2028é𝄞");

    /** Without insignificant white space, which a store may change (TYP-3). */
    static final List<RawJson> JSON = List.of(
            RawJson.NULL,
            RawJson.of("{\"n\":1}"),
            RawJson.of("{\"b\":1,\"a\":2,\"b\":null,\"\":{}}"),
            RawJson.of("[0,-0,1.10,1e400,-1E-7,123456789012345678901234567890.123456789012345678901234567890]"),
            RawJson.of("\"\\u0000\\/\\\"\\\\\\b\\ud834\\udd1e 𝄞 \u2028é\u007f\""),
            RawJson.of("[".repeat(60) + "{}" + "]".repeat(60)),
            RawJson.of("\"" + "long ".repeat(2_000) + "\""));

    static final List<Backoff> BACKOFFS = List.of(
            Backoff.NONE,
            Backoff.fixed(Duration.ofSeconds(1)),
            Backoff.exponential(Duration.ofMillis(15), Duration.ofMinutes(1)));

    static final List<Double> JITTERS = List.of(0.0, 0.5, 0.999);

    static final List<Integer> PRIORITIES = List.of(0, 1, -1, (int) Short.MAX_VALUE, (int) Short.MIN_VALUE);

    /** Delays, timeouts, limits and steps of the clock. */
    static final List<Duration> TIMES = List.of(
            Duration.ZERO,
            Duration.ofMillis(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            Duration.ofHours(1));

    /** Steps of the clock that end just beside the limits. */
    static final List<Duration> STEPS;

    static final List<TypeChannel> PAIRS;

    static final List<Selector> SELECTORS;

    static final List<PauseScope> SCOPES = List.of(
            new PauseScope.Channel(CHANNELS.get(0)),
            new PauseScope.Type(TYPES.get(0)),
            new PauseScope.Family(TYPES.get(0).family()),
            new PauseScope.Type(TYPES.get(2)),
            new PauseScope.Channel(CHANNELS.get(2)));

    static {
        List<Duration> steps = new ArrayList<>(TIMES.subList(1, TIMES.size()));
        steps.add(Duration.ofMillis(1));
        steps.add(Duration.ofNanos(300_001));
        steps.add(Duration.ofMinutes(1).plusMillis(1));
        steps.add(Duration.ofHours(1).minusMillis(1));
        STEPS = List.copyOf(steps);

        List<TypeChannel> pairs = new ArrayList<>();
        TYPES.forEach(type -> CHANNELS.forEach(channel -> pairs.add(new TypeChannel(type, channel))));
        PAIRS = List.copyOf(pairs);

        List<Selector> selectors = new ArrayList<>();
        Selector all = Selector.of(TYPES);
        selectors.add(all.anyChannel());
        selectors.add(Selector.of(List.of(TYPES.get(0))));
        selectors.add(all);
        selectors.add(all.channels(CHANNELS.get(1), CHANNELS.get(2)));
        selectors.add(new Selector(new LinkedHashSet<>(TYPES.subList(1, 3)), new LinkedHashSet<>(CHANNELS)));
        SELECTORS = List.copyOf(selectors);
    }

    private Samples() {}
}
