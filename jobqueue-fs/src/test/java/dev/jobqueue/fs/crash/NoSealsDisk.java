package dev.jobqueue.fs.crash;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;

/** Lets the thread that makes and seals segments write a manifest only for a segment that it has just made: every seal fails. */
final class NoSealsDisk extends DelegatingDisk {
    private volatile boolean made;

    NoSealsDisk(Disk disk) {
        super(disk);
    }

    @Override
    public DiskFile create(String name) throws IOException {
        if (Thread.currentThread().getName().equals("jobqueue-fs-segments")) {
            boolean manifest = name.startsWith("MANIFEST");
            if (manifest && !made) {
                throw new IOException("planned: no seals");
            }
            made = !manifest;
        }
        return super.create(name);
    }
}
