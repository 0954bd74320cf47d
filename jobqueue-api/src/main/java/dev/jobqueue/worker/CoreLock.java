package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one lock of a worker, who waits for it to say something, and what is done after it.
 *
 * <p>It guards every field of the classes that {@link WorkerCore} is made of, unless they say otherwise. {@link WorkerCore} and the ends of {@link Call}s enter
 * it; all other methods are called with it held. Listeners, callbacks, interrupts and the log are never called with it: they are put off with {@link #later}.
 */
final class CoreLock {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final Settings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Lane, Condition> lanes = new EnumMap<>(Lane.class);
    private final Condition stopped = lock.newCondition();
    private List<Runnable> effects = new ArrayList<>();
    private Runnable lastLook = () -> {};

    CoreLock(Settings settings) {
        this.settings = settings;
        for (Lane lane : Lane.values()) {
            lanes.put(lane, lock.newCondition());
        }
    }

    /** @param look is run with the lock before it is given up, whatever has changed; it finds what follows from the change */
    void lastLook(Runnable look) {
        lastLook = look;
    }

    void enter() {
        lock.lock();
    }

    /** Gives up the lock, then does what must not be done with it. */
    void leave() {
        List<Runnable> mine = List.of();
        try {
            lastLook.run();
        } finally {
            // Not to be looked at again without the lock: others use the same list.
            if (!effects.isEmpty()) {
                mine = effects;
                effects = new ArrayList<>();
            }
            lock.unlock();
        }
        mine.forEach(Runnable::run);
    }

    /** Does this when the lock is given up. */
    void later(Runnable effect) {
        effects.add(effect);
    }

    void wake(Lane lane) {
        requireNonNull(lanes.get(lane)).signal();
    }

    /** The worker takes another turn: everybody looks again. */
    void wakeAll() {
        lanes.values().forEach(Condition::signalAll);
        stopped.signalAll();
    }

    /** Waits until this lane is woken or the time has come; the caller looks again, whatever it was. */
    @SuppressWarnings("WaitNotInLoop")
    void await(Lane lane, Optional<Long> until) {
        if (!effects.isEmpty()) {
            leave();
            enter();
            return;
        }
        Condition condition = requireNonNull(lanes.get(lane));
        try {
            if (until.isEmpty()) {
                condition.awaitUninterruptibly();
            } else {
                long unused = condition.awaitNanos(until.get() - settings.now());
            }
        } catch (InterruptedException e) {
            LOG.debug("A thread of the worker was interrupted; only a stop ends it");
        }
    }

    /** Waits for any change of the phase. */
    @SuppressWarnings("WaitNotInLoop")
    void awaitPhase() throws InterruptedException {
        stopped.await();
    }
}
