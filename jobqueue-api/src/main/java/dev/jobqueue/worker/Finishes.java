package dev.jobqueue.worker;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.FinishAnswer;
import dev.jobqueue.JobFinish;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.LibraryError;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the ends of attempts, one call at a time: the first end at once, those that come during the call share the next one. Guarded by {@link CoreLock}.
 *
 * <p>An attempt whose finish was <em>sent</em> gets no heartbeat, since the store would call a token lost that it has just accepted. After an unknown outcome
 * the same finish is sent until its own answer is known. A batch that is refused as a whole is sent one by one.
 */
final class Finishes {
    private static final Logger LOG = LoggerFactory.getLogger(JobWorker.class);

    private final Settings settings;
    private final CoreLock lock;
    private final Listeners listeners;
    private final Attempts attempts;
    private final Outbox outbox;
    private final Stops stops;
    private final Announcer announcer;
    private final Shutdown shutdown;
    private final Retry retry;

    Finishes(
            Settings settings,
            CoreLock lock,
            Listeners listeners,
            Attempts attempts,
            Outbox outbox,
            Stops stops,
            Announcer announcer,
            Shutdown shutdown) {
        this.settings = settings;
        this.lock = lock;
        this.listeners = listeners;
        this.attempts = attempts;
        this.outbox = outbox;
        this.stops = stops;
        this.announcer = announcer;
        this.shutdown = shutdown;
        retry = new Retry(settings, lock, "Jobs could not be ended");
    }

    @Nullable
    Call<?> next() {
        if (retry.mustWait()) {
            return null;
        }
        List<Run<?, ?>> batch = outbox.takeBatch();
        return batch.isEmpty() ? null : new FinishCall(batch);
    }

    Optional<Long> wakeAt() {
        return retry.at();
    }

    private final class FinishCall extends Call<List<FinishAnswer>> {
        private final List<Run<?, ?>> batch;

        FinishCall(List<Run<?, ?>> batch) {
            this.batch = batch;
        }

        @Override
        List<FinishAnswer> send() {
            return listeners.timed(StoreCall.FINISH, batch.size(), () -> {
                List<JobFinish> finishes = new ArrayList<>(batch.size());
                for (Run<?, ?> run : batch) {
                    finishes.add(new JobFinish(run.job.token(), requireNonNull(run.outcome), run.followUps()));
                }
                return settings.queue().finishAll(finishes);
            });
        }

        @Override
        void answered(List<FinishAnswer> answers) {
            lock.enter();
            try {
                outbox.callEnded();
                retry.succeeded();
                // Backwards, so that what is sent again keeps its order.
                for (int i = batch.size() - 1; i >= 0; i--) {
                    settle(batch.get(i), answers.get(i));
                }
            } finally {
                lock.leave();
            }
        }

        @Override
        void failed(RuntimeException failure) {
            lock.enter();
            try {
                outbox.callEnded();
                if (failure instanceof JobQueueException.Closed) {
                    batch.forEach(run -> run.sent = false);
                    shutdown.queueClosed();
                    return;
                }
                boolean mistake = isMistake(failure);
                boolean unknown = !mistake && !(failure instanceof JobQueueException.StoreUnavailable);
                for (int i = batch.size() - 1; i >= 0; i--) {
                    Run<?, ?> run = batch.get(i);
                    run.uncertain |= unknown;
                    run.sent = run.uncertain;
                    TokenAnswer heard = run.heardWhileSent;
                    if (!run.sent && heard != null) {
                        // The finish never took effect, so what was heard meanwhile holds (WRK-2).
                        stops.heard(run, heard, run.confirmedAt);
                    } else if (mistake && batch.size() == 1) {
                        sendInstead(run, failure);
                    } else {
                        run.alone |= !isOutage(failure);
                        outbox.postAgain(run);
                    }
                }
                if (!mistake) {
                    retry.failed(failure);
                }
            } finally {
                lock.leave();
            }
        }
    }

    /** Sending the same again would be refused again. */
    private static boolean isMistake(RuntimeException failure) {
        return failure instanceof IllegalArgumentException || failure instanceof JobQueueException.Refused;
    }

    /** The store failed, whatever was sent. */
    private static boolean isOutage(RuntimeException failure) {
        return failure instanceof JobQueueException.StoreUnavailable
                || failure instanceof JobQueueException.OutcomeUnknown
                || failure instanceof JobQueueException.Corrupt;
    }

    private void settle(Run<?, ?> run, FinishAnswer answer) {
        if (answer.refusal().isPresent()) {
            sendInstead(run, answer.refusal().get());
            return;
        }
        TokenAnswer given = answer.answer().orElseThrow();
        run.over = true;
        if (given.verdict() == Verdict.DONE) {
            announcer.ended(run);
        } else {
            given.cancelReason().ifPresent(reason -> run.cancelReason = reason);
            announcer.over(run);
        }
        attempts.forget(run);
    }

    /** What the handler gave cannot be stored, and never will: too large, or follow-ups that are refused. */
    private void sendInstead(Run<?, ?> run, RuntimeException refusal) {
        boolean already = run.outcome instanceof JobOutcome.Failed failed
                && failed.error().code() == LibraryError.HANDLER_FAILED.code();
        lock.later(() ->
                LOG.warn("The end of job {} ({}) was refused: {}", run.job.id(), run.job.type(), refusal.getMessage()));
        if (already) {
            run.over = true;
            announcer.over(run);
            attempts.forget(run);
        } else {
            run.outcome = new JobOutcome.Failed(HandlerErrors.of(refusal));
            outbox.postAgain(run);
        }
    }
}
