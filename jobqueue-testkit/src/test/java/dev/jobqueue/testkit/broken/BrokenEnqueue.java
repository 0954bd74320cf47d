package dev.jobqueue.testkit.broken;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Stores that take in jobs wrongly. */
final class BrokenEnqueue {
    private BrokenEnqueue() {}

    /** ENQ-1: says READY of a new job that waits for its time. */
    @Breaks(Rules.ENQ_1)
    static final class SaysReadyTooEarly extends DelegatingJobStore {
        SaysReadyTooEarly(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return Tweaks.items(
                    super.insert(graphs),
                    a -> Tweaks.map(
                            a, l -> l.stream().map(SaysReadyTooEarly::change).toList()));
        }

        private static Enqueued change(Enqueued enqueued) {
            return enqueued.created() && enqueued.state() == JobState.SCHEDULED
                    ? new Enqueued(enqueued.id(), true, JobState.READY)
                    : enqueued;
        }
    }

    /** ENQ-2: stores a graph job by job (S-c). */
    @Breaks(
            value = Rules.ENQ_2,
            also = {Rules.ENQ_4, Rules.ENQ_5})
    static final class JobByJob extends DelegatingJobStore {
        JobByJob(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            if (graphs.size() > 1 || graphs.get(0).size() == 1 || graphs.get(0).size() > 1_000) {
                return super.insert(graphs);
            }
            List<Enqueued> answers = new ArrayList<>();
            for (NewJob job : graphs.get(0)) {
                Answer<List<Enqueued>> answer =
                        super.insert(List.of(List.of(job))).items().get(0);
                if (!Tweaks.accepted(answer)) {
                    return new Receipt<>(List.of(answer), Changes.ANYTHING);
                }
                answers.addAll(((Answer.Accepted<List<Enqueued>>) answer).value());
            }
            return new Receipt<>(List.of(Answer.accepted(answers)), readyOf(graphs.get(0), answers));
        }

        private static Changes readyOf(List<NewJob> jobs, List<Enqueued> answers) {
            Map<TypeChannel, Integer> ready = new HashMap<>();
            Set<TypeChannel> scheduled = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < jobs.size(); i++) {
                Job<RawJson> job = jobs.get(i).job();
                TypeChannel pair = new TypeChannel(job.type(), job.options().channel());
                if (answers.get(i).state() == JobState.READY) {
                    ready.merge(pair, 1, Integer::sum);
                } else if (answers.get(i).state() == JobState.SCHEDULED) {
                    scheduled.add(pair);
                }
            }
            return new Changes(ready, scheduled, List.of(), false);
        }
    }

    /** ENQ-3: leaves out required dependencies that do not exist. */
    @Breaks(Rules.ENQ_3)
    static final class DropsUnknownDependencies extends Rewriting {
        DropsUnknownDependencies(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            Job<RawJson> old = job.job();
            if (old.dependencies().size() != 2) {
                return job;
            }
            List<Dependency> known = old.dependencies().stream()
                    .filter(d ->
                            !d.required() || Tweaks.status(delegate(), d.id()).isPresent())
                    .toList();
            boolean none = known.isEmpty();
            return none
                    ? job
                    : new NewJob(new Job<>(old.id(), old.type(), old.args(), known, old.options()), job.delay());
        }
    }

    /** ENQ-4: takes any job for a retry whose id exists. */
    @Breaks(Rules.ENQ_4)
    static final class ComparesIdsOnly extends DelegatingJobStore {
        ComparesIdsOnly(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return Tweaks.items(super.insert(graphs), this::accept);
        }

        private Answer<List<Enqueued>> accept(Answer<List<Enqueued>> answer) {
            return answer instanceof Answer.Refused<List<Enqueued>> refused
                            && refused.message().equals(StoreRules.otherContentMessage(refused.id()))
                    ? Answer.accepted(List.of(new Enqueued(refused.id(), false, JobState.READY)))
                    : answer;
        }
    }

    /** ENQ-5: does not know unique keys. */
    @Breaks(value = Rules.ENQ_5, also = Rules.TYP_5)
    static final class IgnoresKeys extends Rewriting {
        IgnoresKeys(JobStore store) {
            super(store);
        }

        @Override
        NewJob rewrite(NewJob job) {
            return withoutKey(job);
        }
    }

    private static NewJob withoutKey(NewJob job) {
        JobOptions o = job.job().options();
        return Rewriting.with(
                job,
                new JobOptions(
                        o.channel(),
                        o.priority(),
                        o.attempts(),
                        o.backoff(),
                        o.recoveries(),
                        o.notBefore(),
                        o.delay(),
                        o.timeout(),
                        Optional.empty()));
    }

    /** ENQ-5: looks for the key first and stores the job then, in two steps. */
    @Breaks(value = Rules.ENQ_5, by = "uniqueKeyIsExactUnderConcurrency")
    static final class ChecksKeysFirst extends Rewriting {
        private final Map<List<Object>, JobId> holders = new ConcurrentHashMap<>();

        ChecksKeysFirst(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            Job<RawJson> job = graphs.get(0).get(0).job();
            boolean single = graphs.size() == 1 && graphs.get(0).size() == 1;
            if (single && job.options().uniqueKey().isPresent()) {
                List<Object> key = List.of(
                        job.type(),
                        job.options().channel(),
                        job.options().uniqueKey().get());
                JobId holder = holders.get(key);
                Optional<JobStatus<RawJson>> status =
                        holder == null ? Optional.empty() : Tweaks.status(delegate(), holder);
                if (status.isPresent()
                        && !status.get().state().finished()
                        && !job.id().equals(holder)) {
                    Enqueued enqueued =
                            new Enqueued(status.get().id(), false, status.get().state());
                    return new Receipt<>(List.of(Answer.accepted(List.of(enqueued))), Changes.NONE);
                }
                LockSupport.parkNanos(100_000);
                holders.put(key, job.id());
            }
            return super.insert(graphs);
        }

        @Override
        NewJob rewrite(NewJob job) {
            return withoutKey(job);
        }
    }

    /** ENQ-7: keeps the dependencies of a job as a set. */
    @Breaks(
            value = Rules.ENQ_7,
            also = {Rules.DEP_6, Rules.ENQ_4, Rules.ERR_3, Rules.RET_1})
    static final class DependenciesAsASet extends DelegatingJobStore {
        DependenciesAsASet(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return super.insert(graphs.stream()
                    .map(g -> g.stream().map(DependenciesAsASet::change).toList())
                    .toList());
        }

        private static NewJob change(NewJob job) {
            Job<RawJson> old = job.job();
            List<Dependency> set = old.dependencies().stream()
                    .distinct()
                    .sorted(Comparator.comparing(Dependency::id))
                    .collect(Collectors.toList());
            return new NewJob(new Job<>(old.id(), old.type(), old.args(), set, old.options()), job.delay());
        }
    }
}
