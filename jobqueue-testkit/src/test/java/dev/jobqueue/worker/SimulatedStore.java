package dev.jobqueue.worker;

import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TokenAnswer.Verdict;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** A store that cannot be reached or loses its reply when the simulation says so, and that notes what is sent for which token. */
final class SimulatedStore extends DelegatingJobStore {
    enum Weather {
        FINE,
        /** Calls fail before they reach the store. */
        UNREACHABLE,
        /** Calls take effect and the reply is lost. */
        REPLIES_LOST
    }

    private final InMemoryJobStore store;
    Weather weather = Weather.FINE;
    /** Tokens of the calls sent since the last look, without those whose finish had been sent before: its outcome may be asked for again. */
    private final List<JobToken> sent = new ArrayList<>();
    /** Tokens that were answered LOST or CANCELED by a call since the last look. */
    private final Set<JobToken> over = new HashSet<>();
    /** Tokens for which a finish was ever sent. */
    private final Set<JobToken> finishSent = new HashSet<>();

    SimulatedStore(ManualClock clock) {
        this(new InMemoryJobStore(clock));
    }

    private SimulatedStore(InMemoryJobStore store) {
        super(store);
        this.store = store;
    }

    /** The store behind the weather, for checks. */
    InMemoryJobStore real() {
        return store;
    }

    List<JobToken> takeSent() {
        List<JobToken> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }

    Set<JobToken> takeOver() {
        Set<JobToken> taken = Set.copyOf(over);
        over.clear();
        return taken;
    }

    private <T> T through(Supplier<T> call) {
        if (weather == Weather.UNREACHABLE) {
            throw new JobQueueException.StoreUnavailable("planned", null);
        }
        T answer = call.get();
        if (weather == Weather.REPLIES_LOST) {
            throw new JobQueueException.OutcomeUnknown("planned", null);
        }
        return answer;
    }

    private void noteSent(JobToken token) {
        if (!finishSent.contains(token)) {
            sent.add(token);
        }
    }

    private void note(JobToken token, TokenAnswer answer) {
        if (answer.verdict() == Verdict.LOST || answer.verdict() == Verdict.CANCELED) {
            over.add(token);
        }
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return through(() -> super.claim(request));
    }

    @Override
    public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
        requests.forEach(request -> noteSent(request.token()));
        Receipt<Answer<TokenAnswer>> receipt = through(() -> {
            requests.forEach(request -> finishSent.add(request.token()));
            return super.finish(requests);
        });
        for (int i = 0; i < requests.size(); i++) {
            if (receipt.items().get(i) instanceof Answer.Accepted<TokenAnswer> accepted) {
                note(requests.get(i).token(), accepted.value());
            }
        }
        return receipt;
    }

    @Override
    public List<TokenAnswer> heartbeat(List<JobToken> tokens) {
        tokens.forEach(this::noteSent);
        List<TokenAnswer> answers = through(() -> super.heartbeat(tokens));
        for (int i = 0; i < tokens.size(); i++) {
            note(tokens.get(i), answers.get(i));
        }
        return answers;
    }

    @Override
    public List<TokenAnswer> report(List<ProgressReport> reports) {
        reports.forEach(report -> noteSent(report.token()));
        List<TokenAnswer> answers = through(() -> super.report(reports));
        for (int i = 0; i < reports.size(); i++) {
            note(reports.get(i).token(), answers.get(i));
        }
        return answers;
    }
}
