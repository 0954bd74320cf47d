package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * The full name of a job type: {@code family} or {@code family:variant} (TYP-1). The variant is a routing suffix, as in {@code osbuild:x86_64}.
 *
 * <p>The full name has 1 to 255 characters without control characters (TYP-5). Immutable and thread-safe.
 */
public record TypeName(String family, Optional<String> variant) implements Comparable<TypeName> {
    public TypeName {
        Names.requireName(family, "job type family");
        requireNonNull(variant, "variant");
        if (family.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "a job type family has no colon, use variant(...) for the part behind it: '" + family + "'");
        }
        variant.ifPresent(v -> {
            Names.requireName(v, "job type variant");
            Names.requireName(family + ":" + v, "job type");
        });
    }

    /**
     * Reads a full name; everything behind the first colon is the variant.
     *
     * @throws IllegalArgumentException if the name is not a full name; the message has the name and the limit
     */
    public static TypeName parse(String fullName) {
        Names.requireName(fullName, "job type");
        int colon = fullName.indexOf(':');
        return colon < 0
                ? new TypeName(fullName, Optional.empty())
                : new TypeName(fullName.substring(0, colon), Optional.of(fullName.substring(colon + 1)));
    }

    /** The same family with this variant. */
    public TypeName withVariant(String newVariant) {
        return new TypeName(family, Optional.of(newVariant));
    }

    /**
     * Whether a job of type {@code stored} may be read as this type: the families are equal and, if this name has a variant, the variants are too
     * (TYP-1).
     */
    public boolean covers(TypeName stored) {
        return variant.isPresent() ? equals(stored) : family.equals(stored.family);
    }

    @Override
    public int compareTo(TypeName other) {
        return toString().compareTo(other.toString());
    }

    /** The full name. */
    @Override
    public String toString() {
        return variant.isPresent() ? family + ":" + variant.get() : family;
    }
}
