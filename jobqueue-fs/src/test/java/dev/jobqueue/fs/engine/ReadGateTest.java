package dev.jobqueue.fs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadGateTest {
    private final ReadGate gate = new ReadGate();

    private static void untilItWaits(Thread thread) {
        while (thread.isAlive() && !(LockSupport.getBlocker(thread) instanceof ReadGate.Generation)) {
            Thread.onSpinWait();
        }
        assertThat(thread.isAlive()).isTrue();
    }

    @Test
    @DisplayName("who waits waits for the last reader that entered before, and for none that entered later")
    void waitsForReaders() throws Exception {
        ReadGate.Generation first = gate.enter();
        ReadGate.Generation second = gate.enter();
        ReadGate.Generation before = gate.turn();
        ReadGate.Generation later = gate.enter();
        assertThat(second).isSameAs(first).isSameAs(before);
        assertThat(later).isNotSameAs(before);
        Thread waiter = new Thread(before::await);
        waiter.start();
        untilItWaits(waiter);
        first.leave();
        untilItWaits(waiter);
        second.leave();
        waiter.join();
        assertThat(gate.turn()).isSameAs(later);
    }

    @Test
    @DisplayName("nobody waits where no reader is left")
    void noReader() {
        gate.turn().await();
        gate.enter().leave();
        gate.turn().await();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    @DisplayName("an interrupt does not end the wait, and is kept")
    void interrupt() throws Exception {
        ReadGate.Generation reader = gate.enter();
        boolean[] kept = {false};
        Thread waiter = new Thread(() -> {
            gate.turn().await();
            kept[0] = Thread.interrupted();
        });
        waiter.start();
        untilItWaits(waiter);
        waiter.interrupt();
        while (waiter.isInterrupted()) {
            Thread.onSpinWait();
        }
        untilItWaits(waiter);
        reader.leave();
        waiter.join();
        assertThat(kept[0]).isTrue();
    }
}
