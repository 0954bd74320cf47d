package dev.jobqueue.testkit.broken;

import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stores that are careless with names and JSON. */
final class BrokenTypes {
    private BrokenTypes() {}

    /** TYP-1: a selector for a family also gets its variants. */
    @Breaks(Rules.TYP_1)
    static final class FamilyMatchesVariants extends DelegatingJobStore {
        private final Set<TypeName> types = ConcurrentHashMap.newKeySet();

        FamilyMatchesVariants(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            graphs.forEach(g -> g.forEach(j -> types.add(j.job().type())));
            return super.insert(graphs);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Set<TypeName> wanted = new HashSet<>(request.selector().types());
            types.stream()
                    .filter(t -> wanted.contains(new TypeName(t.family(), Optional.empty())))
                    .forEach(wanted::add);
            return super.claim(
                    new ClaimRequest(new Selector(wanted, request.selector().channels()), request.slots()));
        }
    }

    /** TYP-2: forgets the variant of canceled jobs. */
    @Breaks(Rules.TYP_2)
    static final class ForgetsTheVariant extends Tweaks.Showing {
        ForgetsTheVariant(JobStore store) {
            super(store);
        }

        @Override
        StoredJob show(StoredJob job) {
            if (job.status().state() != JobState.CANCELED) {
                return job;
            }
            TypeName family = new TypeName(job.status().type().family(), Optional.empty());
            return new StoredJob(
                    Tweaks.type(job.status(), family),
                    job.definition().map(d -> new Job<>(d.id(), family, d.args(), d.dependencies(), d.options())));
        }
    }

    /** TYP-3: keeps args as a parsed document. */
    @Breaks(value = Rules.TYP_3, also = Rules.QRY_5)
    static final class ParsesArgs extends DelegatingJobStore {
        private static final JobType<Object, Object> ANY = JobType.of("any", Object.class, Object.class);

        ParsesArgs(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            return super.insert(graphs.stream()
                    .map(g -> g.stream().map(ParsesArgs::parse).toList())
                    .toList());
        }

        private static NewJob parse(NewJob job) {
            Job<RawJson> old = job.job();
            RawJson args = old.args();
            if (args.size() < 1_000) {
                args = RawJson.from(ANY.decodeArgs(args));
            }
            return new NewJob(new Job<>(old.id(), old.type(), args, old.dependencies(), old.options()), job.delay());
        }
    }

    /** TYP-4: an absent value comes back as an empty object. */
    @Breaks(Rules.TYP_4)
    static final class AbsentIsEmpty extends DelegatingJobStore {
        AbsentIsEmpty(JobStore store) {
            super(store);
        }

        @Override
        public Claimed claim(ClaimRequest request) {
            Claimed claimed = super.claim(request);
            return new Claimed(
                    claimed.jobs().stream().map(AbsentIsEmpty::change).toList(), claimed.more(), claimed.nextDue());
        }

        private static ClaimedJob change(ClaimedJob claimed) {
            Job<RawJson> job = claimed.job();
            if (!job.args().isNull() || !job.dependencies().isEmpty()) {
                return claimed;
            }
            return new ClaimedJob(
                    new Job<>(job.id(), job.type(), RawJson.of("{}"), job.dependencies(), job.options()),
                    claimed.token(),
                    claimed.attempt(),
                    claimed.dependencies(),
                    claimed.resultsIncluded());
        }
    }

    /** TYP-5: has no room for args of more than 2 MiB. */
    @Breaks(Rules.TYP_5)
    static final class SmallArgsOnly extends DelegatingJobStore {
        SmallArgsOnly(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            if (graphs.stream()
                    .flatMap(List::stream)
                    .anyMatch(j -> j.job().args().size() > 2 << 20)) {
                throw new JobQueueException.StoreUnavailable("args are too large for this store", null);
            }
            return super.insert(graphs);
        }
    }
}
