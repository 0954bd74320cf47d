package dev.jobqueue.fs.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.fs.disk.Disk;
import dev.jobqueue.fs.disk.DiskFile;
import dev.jobqueue.fs.journal.Manifest;
import dev.jobqueue.fs.journal.ManifestKeeper;
import dev.jobqueue.fs.journal.SegmentFile;
import dev.jobqueue.fs.journal.SegmentSupply;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The thread that makes spare segments, beside the writer that takes them. */
class SegmentSupplyTest {
    private static final long SMALL = 4096;
    private static final long LARGE = 2 * SMALL;

    /** Holds up the making of the second segment. */
    private static final class SlowDisk extends DelegatingDisk {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);

        SlowDisk(Disk disk) {
            super(disk);
        }

        @Override
        public DiskFile create(String name) throws IOException {
            if (name.equals(SegmentFile.name(2))) {
                begun.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return super.create(name);
        }
    }

    @Test
    @DisplayName("DUR-1: a spare that the writer takes while a larger one is made stays in the manifest and on disk")
    void takenSpareIsKept() throws Exception {
        SlowDisk disk = new SlowDisk(new SimDisk());
        Semaphore outcomes = new Semaphore(0);
        ManifestKeeper manifest = new ManifestKeeper(disk, Manifest.EMPTY);
        try (SegmentSupply supply = new SegmentSupply(disk, manifest, SMALL, 1, null, outcomes::release)) {
            supply.start();
            outcomes.acquire();
            supply.request(LARGE);
            disk.begun.await();

            SegmentFile taken = supply.take();
            disk.goOn.countDown();
            outcomes.acquire();
            // The next one is only made when nothing is left to be sealed.
            assertThat(supply.take().size()).isEqualTo(LARGE);
            Awaitility.await().until(() -> manifest.current().segments().size() == 3);

            assertThat(taken.id()).isEqualTo(1);
            assertThat(manifest.current().names(taken.name())).isTrue();
            assertThat(disk.list()).contains(taken.name());
            taken.file().close();
        }
    }
}
