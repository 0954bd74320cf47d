package dev.jobqueue.postgres;

import dev.jobqueue.RawJson;

/** Numbers as args. */
final class Numbers {
    private Numbers() {}

    static RawJson n(int number) {
        return RawJson.of(Integer.toString(number));
    }
}
