package dev.jobqueue.fs.crash;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import java.io.IOException;
import java.util.Set;

/** Lets the thread that makes and seals segments write a manifest only for a segment that it has just made: every seal fails. */
final class NoSealsDisk implements Disk {
    private final Disk disk;
    private volatile boolean made;

    NoSealsDisk(Disk disk) {
        this.disk = disk;
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
        return disk.create(name);
    }

    @Override
    public Set<String> list() throws IOException {
        return disk.list();
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return disk.open(name);
    }

    @Override
    public DiskFile openForRead(String name) throws IOException {
        return disk.openForRead(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        disk.delete(name);
    }

    @Override
    public void forceDirectory() throws IOException {
        disk.forceDirectory();
    }

    @Override
    public String path(String name) {
        return disk.path(name);
    }

    @Override
    public String path() {
        return disk.path();
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }
}
