package dev.jobqueue.fs.engine;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.disk.RealDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An error where none can be: every caller is told, and nothing is done any more on a state that may be wrong (DUR-1). */
class WriterBreakDownTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private Engine engine;

    @BeforeEach
    void open() throws IOException {
        engine = Engine.open(
                RealDisk.take(directory), new Settings(StoreClock.system(), 1 << 20, 1 << 20, 1 << 20, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    @DisplayName("DUR-1 an error before the first effect of a call breaks the store and is told")
    void errorInBound() {
        assertUnavailable(
                core -> {
                    throw new StackOverflowError("on purpose");
                },
                WriterBreakDownTest::nothing);
        assertUnavailable(WriterBreakDownTest::nothing, WriterBreakDownTest::nothing);
    }

    @Test
    @DisplayName("DUR-1 a call that is refused before its first effect changes nothing for others")
    void refusalInBound() {
        Consumer<Core> refuse = core -> {
            throw new IllegalArgumentException("on purpose");
        };
        assertThrows(IllegalArgumentException.class, () -> call(refuse, WriterBreakDownTest::nothing));
        assertDoesNotThrow(() -> call(WriterBreakDownTest::nothing, WriterBreakDownTest::nothing));
    }

    @Test
    @DisplayName(
            "DUR-1 if what was written cannot be put into the index, the call is durable and all later ones are refused")
    void errorInPostponedStep() {
        Runnable failing = () -> {
            throw new IllegalStateException("on purpose");
        };
        assertDoesNotThrow(() -> call(WriterBreakDownTest::nothing, core -> core.postpone(failing)));
        assertUnavailable(WriterBreakDownTest::nothing, WriterBreakDownTest::nothing);
    }

    private void assertUnavailable(Consumer<Core> beforehand, Consumer<Core> effect) {
        JobQueueException.StoreUnavailable e =
                assertThrows(JobQueueException.StoreUnavailable.class, () -> call(beforehand, effect));
        assertTrue(String.valueOf(e.getMessage()).contains("must be opened again"), e::getMessage);
    }

    private static void nothing(Core core) {}

    /** A call that nobody answers must not hang the test. */
    private void call(Consumer<Core> beforehand, Consumer<Core> effect) {
        assertTimeoutPreemptively(LIMIT, () -> engine.writer.call(new Step(beforehand, effect)));
    }

    private static final class Step extends Operation {
        private final Consumer<Core> beforehand;
        private final Consumer<Core> effect;

        Step(Consumer<Core> beforehand, Consumer<Core> effect) {
            this.beforehand = beforehand;
            this.effect = effect;
        }

        @Override
        long bound(Core core) {
            beforehand.accept(core);
            return 0;
        }

        @Override
        void execute(Core core) {
            effect.accept(core);
        }
    }
}
