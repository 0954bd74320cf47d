package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The catalogue of an API's errors. Immutable. */
public final class Errors {
    private final String codePrefix;
    private final boolean messages;
    private final List<? extends ApiError> all;
    private final Map<CommonError, ApiError> common = new EnumMap<>(CommonError.class);

    /**
     * Of these entries, in the order in which they are listed.
     *
     * @param codePrefix what stands before the number in a code
     * @param messages whether errors have their reason as message too, for old workers
     * @throws IllegalArgumentException unless exactly one entry stands for each of {@link CommonError}; {@link CommonError#SHAPE} may have none
     */
    public Errors(String codePrefix, boolean messages, List<? extends ApiError> all) {
        this.codePrefix = codePrefix;
        this.messages = messages;
        this.all = List.copyOf(all);
        for (CommonError error : CommonError.values()) {
            List<? extends ApiError> entries = all.stream()
                    .filter(entry -> entry.common().equals(Optional.of(error)))
                    .toList();
            if (entries.size() == 1) {
                common.put(error, entries.get(0));
            } else if (!entries.isEmpty() || error != CommonError.SHAPE) {
                throw new IllegalArgumentException(entries.size() + " entries for " + error + ": " + entries);
            }
        }
        common.putIfAbsent(CommonError.SHAPE, of(CommonError.BODY));
    }

    String codePrefix() {
        return codePrefix;
    }

    boolean messages() {
        return messages;
    }

    List<? extends ApiError> all() {
        return all;
    }

    /** The entry with this number. */
    Optional<? extends ApiError> find(int number) {
        return all.stream().filter(error -> error.number() == number).findFirst();
    }

    /** The entry for what every API has. */
    ApiError of(CommonError error) {
        return requireNonNull(common.get(error));
    }
}
