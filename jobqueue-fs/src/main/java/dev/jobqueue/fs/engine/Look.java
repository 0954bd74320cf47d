package dev.jobqueue.fs.engine;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A call that only reads the state. */
final class Look<T> extends Operation {
    private final BiFunction<Core, Operation, T> question;
    private @Nullable T answer;

    private Look(BiFunction<Core, Operation, T> question) {
        this.question = question;
    }

    /** Asks the writer; runs in the caller. */
    static <T> T ask(Writer writer, Function<Core, T> question) {
        Look<T> look = new Look<>((core, o) -> question.apply(core));
        writer.call(look);
        return look.answer();
    }

    /** Asks the writer for something with positions, and reads from them in the caller. */
    static <T, R> R ask(Writer writer, Function<Core, T> question, Function<T, R> read) {
        Look<T> look = new Look<>((core, o) -> {
            o.pin(core);
            return question.apply(core);
        });
        writer.call(look);
        try {
            return read.apply(look.answer());
        } finally {
            look.release();
        }
    }

    private T answer() {
        T a = answer;
        if (a == null) {
            throw new IllegalStateException("no answer");
        }
        return a;
    }

    @Override
    long bound(Core core) {
        return 0;
    }

    @Override
    void execute(Core core) {
        answer = question.apply(core, this);
    }
}
