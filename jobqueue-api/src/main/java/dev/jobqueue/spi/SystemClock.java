package dev.jobqueue.spi;

import java.time.Instant;

/** The clocks of this machine. */
enum SystemClock implements StoreClock {
    INSTANCE;

    @Override
    @SuppressWarnings("JavaTimeDefaultTimeZone")
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
