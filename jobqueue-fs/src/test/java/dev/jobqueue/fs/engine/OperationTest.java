package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.fs.journal.RecordHeader;
import dev.jobqueue.fs.journal.StepDisk;
import dev.jobqueue.spi.StoreClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A call on its way through the writer. */
class OperationTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private EngineCalls engine;

    @BeforeEach
    void open() throws IOException {
        engine = new EngineCalls(new StepDisk(), new Settings(StoreClock.system(), 1 << 20, 0, 1 << 20, false, false));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static class Nothing extends Operation {
        @Override
        long bound(Core core) {
            return 0;
        }

        @Override
        void execute(Core core) {}
    }

    private static final class Reading extends Nothing {
        @Override
        void execute(Core core) {
            pin(core);
            pin(core);
        }
    }

    /** Waits until nobody reads who began before. */
    private Thread turn() {
        ReadGate.Generation before = Look.ask(engine.writer(), core -> core.gate.turn());
        Thread waiter = new Thread(before::await);
        waiter.setDaemon(true);
        waiter.start();
        return waiter;
    }

    private static boolean ended(Thread thread) throws InterruptedException {
        thread.join(LIMIT.toMillis());
        return !thread.isAlive();
    }

    @Test
    @DisplayName("if nothing else is said it is a call of the journal that asks for no new room and shares a record")
    void defaults() {
        Operation nothing = new Nothing();
        assertThat(nothing.kind()).isEqualTo(RecordHeader.JOURNAL);
        assertThat(nothing.alone()).isFalse();
        assertThat(nothing.grows()).isFalse();
    }

    @Test
    @DisplayName("what it reads stays readable until it is released, once, however often it was pinned")
    void release() throws InterruptedException {
        Operation reading = new Reading();
        engine.writer().call(reading);
        Thread waiter = turn();
        Thread second = turn();
        assertThat(ended(second)).as("nobody reads since the first turn").isTrue();
        assertThat(waiter.isAlive()).isTrue();
        reading.release();
        reading.release();
        assertThat(ended(waiter)).isTrue();
    }

    @Test
    @DisplayName("a failure is thrown by the call, and nothing stays pinned")
    void failure() throws InterruptedException {
        Operation failing = new Nothing() {
            @Override
            void execute(Core core) {
                pin(core);
                throw new IllegalArgumentException("on purpose");
            }
        };
        assertThatThrownBy(() -> engine.writer().call(failing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("on purpose");
        assertThat(ended(turn())).isTrue();
    }

    @Test
    @DisplayName("DUR-6: an interrupt changes nothing and is kept; without one there is none afterwards")
    void interrupt() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        boolean[] interrupted = new boolean[2];
        Operation[] slow = new Operation[1];
        Thread caller = new Thread(() -> {
            engine.writer().call(new Nothing());
            interrupted[0] = Thread.currentThread().isInterrupted();
            slow[0] = new Nothing() {
                @Override
                void execute(Core core) {
                    running.countDown();
                    awaitUninterruptibly(goOn);
                }
            };
            engine.writer().call(slow[0]);
            interrupted[1] = Thread.currentThread().isInterrupted();
        });
        caller.start();
        running.await();
        caller.interrupt();
        goOn.countDown();
        assertThat(ended(caller)).isTrue();
        assertThat(interrupted).containsExactly(false, true);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName("DEQ-13: an answer that cannot be read leaves the outcome unknown only if something was written")
    void unanswered() {
        JobQueueException.StoreUnavailable problem =
                new JobQueueException.StoreUnavailable("no disk", new IOException());
        Operation operation = new Nothing();
        assertThat(operation.unanswered(problem)).isSameAs(problem);
        operation.wrote = true;
        assertThat(operation.unanswered(problem))
                .isInstanceOf(JobQueueException.OutcomeUnknown.class)
                .hasMessage("no disk")
                .hasCause(problem);
    }
}
