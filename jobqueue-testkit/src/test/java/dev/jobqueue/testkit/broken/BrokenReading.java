package dev.jobqueue.testkit.broken;

import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobTimes;
import dev.jobqueue.LibraryError;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Stores that show, keep and remove jobs wrongly. */
final class BrokenReading {
    private BrokenReading() {}

    /** Shows other errors than are stored. */
    private abstract static class ShowingErrors extends Tweaks.Showing {
        ShowingErrors(JobStore store) {
            super(store);
        }

        abstract JobError change(JobError error);

        @Override
        StoredJob show(StoredJob job) {
            return new StoredJob(Tweaks.error(job.status(), this::change), job.definition());
        }
    }

    /** ERR-1: keeps no more than 1,000 characters of a reason. */
    @Breaks(Rules.ERR_1)
    static final class ShortReasons extends ShowingErrors {
        ShortReasons(JobStore store) {
            super(store);
        }

        @Override
        JobError change(JobError error) {
            return error.reason().length() <= 1_000
                    ? error
                    : new JobError(
                            error.code(),
                            error.errorClass(),
                            error.reason().substring(0, 1_000),
                            error.details(),
                            error.permanent());
        }
    }

    /** ERR-2: says HANDLER_FAILED of a job whose worker was lost. */
    @Breaks(value = Rules.ERR_2, also = Rules.HB_2)
    static final class WrongCode extends ShowingErrors {
        WrongCode(JobStore store) {
            super(store);
        }

        @Override
        JobError change(JobError error) {
            return error.code() == LibraryError.HEARTBEAT_LOST.code()
                    ? JobError.of(LibraryError.HANDLER_FAILED, error.reason())
                    : error;
        }
    }

    /** ERR-3: calls the next dependency the root of a failure. */
    @Breaks(Rules.ERR_3)
    static final class WrongRoot extends ShowingErrors {
        WrongRoot(JobStore store) {
            super(store);
        }

        @Override
        JobError change(JobError error) {
            String details = error.details().toString();
            return error.code() == LibraryError.DEPENDENCY_FAILED.code()
                    ? error.withDetails(RawJson.of(
                            details.replaceAll("(\"dependency\":(\"[^\"]*\").*\"root\":)\"[^\"]*\"", "$1$2")))
                    : error;
        }
    }

    /** QRY-1: does not know when a job was unblocked. */
    @Breaks(Rules.QRY_1)
    static final class NeverUnblocked extends Tweaks.Showing {
        NeverUnblocked(JobStore store) {
            super(store);
        }

        @Override
        StoredJob show(StoredJob job) {
            JobTimes t = job.status().times();
            return new StoredJob(
                    Tweaks.times(
                            job.status(),
                            new JobTimes(t.enqueued(), Optional.empty(), t.due(), t.ready(), t.finished())),
                    job.definition());
        }
    }

    /** QRY-2: each page is in reverse order. */
    @Breaks(Rules.QRY_2)
    static final class ReversedPages extends DelegatingJobStore {
        ReversedPages(JobStore store) {
            super(store);
        }

        @Override
        public Page<JobId> list(JobQuery query, Page.Request request) {
            Page<JobId> page = super.list(query, request);
            List<JobId> items = new ArrayList<>(page.items());
            Collections.reverse(items);
            return new Page<>(items, page.next());
        }
    }

    /** QRY-3: a paused job can be claimed by id. */
    @Breaks(Rules.QRY_3)
    static final class PauseStopsSelectorsOnly extends DelegatingJobStore {
        PauseStopsSelectorsOnly(JobStore store) {
            super(store);
        }

        @Override
        public Answer<ClaimedJob> claim(JobId id, ClaimSlot slot) {
            Answer<ClaimedJob> answer = super.claim(id, slot);
            if (!Tweaks.refused(answer, Answer.Reason.PAUSED)) {
                return answer;
            }
            Set<PauseScope> paused = paused();
            paused.forEach(this::resume);
            Answer<ClaimedJob> again = super.claim(id, slot);
            paused.forEach(this::pause);
            return again;
        }
    }

    /** QRY-4: nobody ever asks for anything. */
    @Breaks(Rules.QRY_4)
    static final class ForgetsDemand extends DelegatingJobStore {
        ForgetsDemand(JobStore store) {
            super(store);
        }

        @Override
        public Optional<Duration> sinceDemand(TypeChannel pair) {
            return Optional.empty();
        }
    }

    /** QRY-5: does not keep the number of recoveries. */
    @Breaks(Rules.QRY_5)
    static final class ForgetsAnOption extends Tweaks.Showing {
        ForgetsAnOption(JobStore store) {
            super(store);
        }

        @Override
        StoredJob show(StoredJob job) {
            return new StoredJob(job.status(), job.definition().map(ForgetsAnOption::change));
        }

        private static Job<RawJson> change(Job<RawJson> job) {
            JobOptions o = job.options();
            int recoveries = JobOptions.DEFAULT.recoveries();
            return new Job<>(
                    job.id(),
                    job.type(),
                    job.args(),
                    job.dependencies(),
                    new JobOptions(
                            o.channel(),
                            o.priority(),
                            o.attempts(),
                            o.backoff(),
                            recoveries,
                            o.notBefore(),
                            o.delay(),
                            o.timeout(),
                            o.uniqueKey()));
        }
    }

    /** QRY-6: a finish does not announce which jobs have ended. */
    @Breaks(Rules.QRY_6)
    static final class SilentEnds extends DelegatingJobStore {
        SilentEnds(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<TokenAnswer>> finish(List<FinishRequest> requests) {
            Receipt<Answer<TokenAnswer>> receipt = super.finish(requests);
            Changes changes = receipt.changes();
            return new Receipt<>(
                    receipt.items(), new Changes(changes.ready(), changes.scheduled(), List.of(), changes.anything()));
        }
    }

    /** RET-1: prunes jobs of any age. */
    @Breaks(Rules.RET_1)
    static final class PrunesYoungJobs extends DelegatingJobStore {
        PrunesYoungJobs(JobStore store) {
            super(store);
        }

        @Override
        public int prune(Duration limit, int max) {
            return super.prune(Duration.ZERO, max);
        }
    }

    /** RET-2: does not say which job is in the way of a delete. */
    @Breaks(Rules.RET_2)
    static final class SilentRefusal extends DelegatingJobStore {
        SilentRefusal(JobStore store) {
            super(store);
        }

        @Override
        public Answer<Integer> delete(JobId id) {
            Answer<Integer> answer = super.delete(id);
            return Tweaks.refused(answer, Answer.Reason.STILL_NEEDED)
                    ? Answer.refused(Answer.Reason.STILL_NEEDED, id, "still needed")
                    : answer;
        }
    }
}
