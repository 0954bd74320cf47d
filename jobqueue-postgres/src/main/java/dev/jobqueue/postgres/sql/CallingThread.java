package dev.jobqueue.postgres.sql;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps interrupts of a calling thread away from its database call (DUR-6).
 *
 * <p>A platform thread makes the call itself: its socket I/O does not end by an interrupt, only the wait for a connection of a pool does, and that is
 * begun again. An interrupt of a virtual thread closes the socket it waits for, which would fail a call that it shares with others; so for a virtual
 * thread a platform thread makes the call.
 */
final class CallingThread {
    private static final @Nullable MethodHandle IS_VIRTUAL = isVirtual();

    private CallingThread() {}

    /** The interrupts that came during a call. */
    static final class Interrupts {
        private boolean taken;

        private Interrupts() {}

        /** Whether the failure comes of an interrupt; then the thread is not interrupted any more and the call can be made again. */
        boolean tookOne(RuntimeException failure) {
            boolean interrupted = Failures.interrupted(failure) && Thread.interrupted();
            taken |= interrupted;
            return interrupted;
        }
    }

    /** Runs the call; the thread is interrupted afterwards if it was before or has been meanwhile. */
    static <T> T shielded(Function<Interrupts, T> call) {
        return virtual() ? new Carried<>(call).result() : inThisThread(call);
    }

    private static <T> T inThisThread(Function<Interrupts, T> call) {
        Interrupts interrupts = new Interrupts();
        interrupts.taken = Thread.interrupted();
        try {
            return call.apply(interrupts);
        } finally {
            if (interrupts.taken) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A call that another thread makes. */
    private static final class Carried<T> implements Runnable {
        private static final ExecutorService THREADS = Executors.newCachedThreadPool(daemons());

        private final Function<Interrupts, T> call;
        private final Thread caller = Thread.currentThread();
        private volatile boolean done;
        private @Nullable T answer;
        private @Nullable Throwable failure;

        Carried(Function<Interrupts, T> call) {
            this.call = call;
        }

        private static ThreadFactory daemons() {
            return task -> {
                Thread thread = new Thread(task, "jobqueue-postgres-call");
                thread.setDaemon(true);
                return thread;
            };
        }

        @Override
        public void run() {
            try {
                answer = inThisThread(call);
            } catch (Throwable e) {
                failure = e;
            } finally {
                done = true;
                LockSupport.unpark(caller);
            }
        }

        @SuppressWarnings("NullAway") // the answer is what the call gave
        T result() {
            THREADS.execute(this);
            boolean interrupted = false;
            while (!done) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                caller.interrupt();
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            if (failure instanceof Error e) {
                throw e;
            }
            return answer;
        }
    }

    private static boolean virtual() {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            return false;
        }
    }

    /** {@code Thread.isVirtual} where there is one. */
    private static @Nullable MethodHandle isVirtual() {
        try {
            return MethodHandles.lookup().findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
