package dev.jobqueue.testkit.contract;

import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.DelegatingJobStore;
import java.util.concurrent.CountDownLatch;

/** Holds claims back until it is opened, whatever becomes of the calling thread. */
final class GatedStore extends DelegatingJobStore {
    private final CountDownLatch claiming = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    GatedStore(JobStore store) {
        super(store);
    }

    /** Waits until a claim has come. */
    void awaitClaim() throws InterruptedException {
        claiming.await();
    }

    void open() {
        gate.countDown();
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        claiming.countDown();
        Crew.awaitUninterruptibly(gate);
        return super.claim(request);
    }
}
