package dev.jobqueue.fs.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.jobqueue.fs.disk.Disk;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/** The manifest in force; changed by the background threads, one at a time. Never used by the writer. */
public final class ManifestKeeper {
    private final Disk disk;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private Manifest current;

    public ManifestKeeper(Disk disk, Manifest current) {
        this.disk = disk;
        this.current = current;
    }

    public Manifest current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Replaces the manifest; durable on return. After a failure the old or the new one is in force, both are good. */
    public void update(UnaryOperator<Manifest> change) throws IOException {
        lock.lock();
        try {
            Manifest next = change.apply(current);
            if (!next.equals(current)) {
                next.write(disk);
                current = next;
            }
        } finally {
            lock.unlock();
        }
    }
}
