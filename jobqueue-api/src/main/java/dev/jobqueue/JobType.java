package dev.jobqueue;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CheckReturnValue;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A type of job: its full name, the class of its args and the class of its results.
 *
 * <p>Values are written and read with Jackson; unknown fields are ignored (TYP-6), {@code null} is JSON null (TYP-4). Immutable and thread-safe.
 */
@CheckReturnValue
public final class JobType<A, R> {
    private final TypeName name;
    private final Type argsClass;
    private final Type resultClass;
    private final JsonMapper mapper;

    private JobType(TypeName name, Type argsClass, Type resultClass, JsonMapper mapper) {
        this.name = requireNonNull(name, "name");
        this.argsClass = requireNonNull(argsClass, "argsClass");
        this.resultClass = requireNonNull(resultClass, "resultClass");
        this.mapper = requireNonNull(mapper, "mapper");
    }

    /**
     * A type with plain classes.
     *
     * @param name the full name, {@code family} or {@code family:variant}
     * @throws IllegalArgumentException if the name is not one (TYP-5)
     */
    public static <A, R> JobType<A, R> of(String name, Class<A> argsClass, Class<R> resultClass) {
        return new JobType<>(TypeName.parse(name), argsClass, resultClass, Json.MAPPER);
    }

    /** A type with generic classes, as in {@code new TypeRef<List<Foo>>() {}}. */
    public static <A, R> JobType<A, R> of(String name, TypeRef<A> args, TypeRef<R> result) {
        return new JobType<>(TypeName.parse(name), args.type(), result.type(), Json.MAPPER);
    }

    /** A type whose args and results are JSON that the library does not look into. */
    public static JobType<RawJson, RawJson> raw(String name) {
        return raw(TypeName.parse(name));
    }

    /** As {@link #raw(String)}. */
    public static JobType<RawJson, RawJson> raw(TypeName name) {
        return new JobType<>(name, RawJson.class, RawJson.class, Json.MAPPER);
    }

    /** The same family and classes with this variant. */
    public JobType<A, R> variant(String variant) {
        return new JobType<>(name.withVariant(variant), argsClass, resultClass, mapper);
    }

    /** The same type with an application's own mapper. */
    public JobType<A, R> mapper(JsonMapper newMapper) {
        return new JobType<>(name, argsClass, resultClass, newMapper);
    }

    /** The full name. */
    public TypeName name() {
        return name;
    }

    /**
     * A request for one job of this type, with an id of its own. The args are written to JSON here, so later changes to them have no effect.
     *
     * @param args {@code null} becomes JSON null
     * @throws IllegalArgumentException if the args cannot be written
     */
    public JobRequest<A, R> job(@Nullable A args) {
        RawJson json = args == null ? RawJson.NULL : encode(mapper, args, "args of job type " + name);
        return new JobRequest<>(this, new Job<>(JobId.create(), name, json, java.util.List.of(), JobOptions.DEFAULT));
    }

    /** Writes a result; {@code null} becomes JSON null. */
    public RawJson encodeResult(@Nullable R result) {
        return result == null ? RawJson.NULL : encode(mapper, result, "result of job type " + name);
    }

    /**
     * Reads args.
     *
     * @throws JobQueueException.Undecodable if they do not fit the class
     */
    public A decodeArgs(RawJson json) {
        return decode(json, argsClass, "args");
    }

    /**
     * Reads a result.
     *
     * @throws JobQueueException.Undecodable if it does not fit the class
     */
    public R decodeResult(RawJson json) {
        return decode(json, resultClass, "result");
    }

    /**
     * Checks that a stored job may be read as this type.
     *
     * @throws JobQueueException.TypeMismatch if it may not; the message names both types (TYP-1)
     */
    public void requireCovers(JobId id, TypeName stored) {
        if (!name.covers(stored)) {
            throw new JobQueueException.TypeMismatch(id, name, stored);
        }
    }

    // A JSON null is decoded to null where the class has no other value for it; callers of raw types get RawJson.NULL.
    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
    private <T> T decode(RawJson json, Type type, String what) {
        if (type == RawJson.class) {
            return (T) json;
        }
        try {
            return mapper.readValue(json.unsafeBytes(), mapper.constructType(type));
        } catch (JacksonException e) {
            throw new JobQueueException.Undecodable(
                    what + " of job type " + name + " do not fit " + type.getTypeName() + ": " + e.getOriginalMessage(),
                    e);
        }
    }

    static RawJson encode(JsonMapper mapper, Object value, String what) {
        if (value instanceof RawJson json) {
            return json;
        }
        try {
            byte[] utf8 = mapper.writeValueAsBytes(value);
            Json.requireNoEscapedSurrogate(utf8, what);
            return RawJson.ofStored(utf8);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    what + " cannot be written as JSON (" + value.getClass().getName() + "): " + e.getOriginalMessage(),
                    e);
        }
    }

    /** The full name. */
    @Override
    public String toString() {
        return name.toString();
    }
}
