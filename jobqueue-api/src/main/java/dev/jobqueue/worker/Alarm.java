package dev.jobqueue.worker;

import java.util.Optional;

/** When the clock shall be looked at again: the earliest of all times asked for. Guarded by {@link CoreLock}. */
final class Alarm {
    private final CoreLock lock;
    private boolean set;
    private long at;

    Alarm(CoreLock lock) {
        this.lock = lock;
    }

    void set(long time) {
        if (!set || time - at < 0) {
            at = time;
            set = true;
            lock.wake(Lane.CLOCK);
        }
    }

    /** Forgets all times; whoever still needs one asks again. */
    void clear() {
        set = false;
    }

    boolean due(long now) {
        return set && now - at >= 0;
    }

    Optional<Long> at() {
        return set ? Optional.of(at) : Optional.empty();
    }
}
