package dev.jobqueue;

import com.google.errorprone.annotations.CheckReturnValue;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which jobs a dequeue takes: those whose full type name and channel it names (DEQ-1, DEQ-9).
 *
 * <p>Immutable and thread-safe; equal selectors share one queue of waiters.
 *
 * @param types full names, at least one; a family does not match its variants (TYP-1)
 * @param channels at least one, or none for any channel
 */
@CheckReturnValue
public record Selector(Set<TypeName> types, Set<String> channels) {
    /** The most (type, channel) pairs. */
    public static final int MAX_PAIRS = 1_000;

    public Selector {
        types = Set.copyOf(types);
        channels = Set.copyOf(channels);
        if (types.isEmpty()) {
            throw new IllegalArgumentException("a selector needs at least one job type");
        }
        channels.forEach(c -> Names.requireName(c, "channel"));
        long pairs = (long) types.size() * Math.max(1, channels.size());
        if (pairs > MAX_PAIRS) {
            throw new IllegalArgumentException("a selector has at most " + MAX_PAIRS + " (type, channel) pairs: "
                    + types.size() + " types, " + channels.size() + " channels");
        }
    }

    /** These types, on channel {@value JobOptions#DEFAULT_CHANNEL}. */
    public static Selector of(JobType<?, ?>... types) {
        return of(Arrays.stream(types).map(JobType::name).collect(Collectors.toCollection(LinkedHashSet::new)));
    }

    /** These full type names, on channel {@value JobOptions#DEFAULT_CHANNEL}. */
    public static Selector of(Collection<TypeName> types) {
        return new Selector(new LinkedHashSet<>(types), Set.of(JobOptions.DEFAULT_CHANNEL));
    }

    /** The same types on these channels only, at least one. */
    public Selector channels(String... newChannels) {
        if (newChannels.length == 0) {
            throw new IllegalArgumentException("give at least one channel, or use anyChannel()");
        }
        return new Selector(types, new LinkedHashSet<>(Arrays.asList(newChannels)));
    }

    /** The same types on any channel. */
    public Selector anyChannel() {
        return new Selector(types, Set.of());
    }

    /** Whether jobs of this pair are taken. */
    public boolean matches(TypeChannel pair) {
        return types.contains(pair.type()) && (channels.isEmpty() || channels.contains(pair.channel()));
    }
}
