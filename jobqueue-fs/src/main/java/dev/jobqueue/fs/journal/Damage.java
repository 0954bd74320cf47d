package dev.jobqueue.fs.journal;

import dev.jobqueue.JobQueueException;
import org.jspecify.annotations.Nullable;

/** The words for damaged files (DUR-3). */
public final class Damage {
    /** What to do about it. */
    public static final String ADVICE =
            "Nothing was changed. 'FsTool repair DIRECTORY NEW-DIRECTORY' copies all that is readable into a new directory and lists the rest";

    private Damage() {}

    /** Damage in a file at an offset. */
    public static JobQueueException.Corrupt at(String path, long offset, String what, @Nullable Throwable cause) {
        return new JobQueueException.Corrupt(
                path + " is damaged at byte " + offset + ": " + what + ". " + ADVICE, cause);
    }
}
