package dev.jobqueue;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/**
 * Names a generic class for {@link JobType#of(String, TypeRef, TypeRef)}: {@code new TypeRef<List<Foo>>() {}}.
 *
 * <p>Immutable and thread-safe.
 */
public abstract class TypeRef<T> {
    private final Type type;

    /** For anonymous subclasses that give the type argument. */
    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType parameterized)) {
            throw new IllegalStateException("a TypeRef needs its type argument: new TypeRef<List<Foo>>() {}");
        }
        type = parameterized.getActualTypeArguments()[0];
    }

    /** The type argument. */
    public final Type type() {
        return type;
    }
}
