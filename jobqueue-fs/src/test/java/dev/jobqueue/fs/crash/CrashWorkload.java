package dev.jobqueue.fs.crash;

import dev.jobqueue.Backoff;
import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobCount;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQuery;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobToken;
import dev.jobqueue.JobType;
import dev.jobqueue.Page;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import dev.jobqueue.spi.StoredJob;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * A recorded workload with every operation of a store, the same at each run, and what a reader must see after each of its steps: told by the in-memory
 * reference store.
 */
final class CrashWorkload {
    /** One call, or a step of the clock. */
    record Operation(String name, BiConsumer<JobStore, ManualClock> call) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Everything a reader can ask for, but the ages of heartbeats. */
    record Snapshot(
            List<Optional<StoredJob>> jobs,
            Set<JobCount> counts,
            Set<PauseScope> paused,
            List<Page<JobId>> lists,
            List<Boolean> running) {}

    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final JobType<RawJson, RawJson> OTHER = JobType.raw("other:x");
    private static final Selector SELECTOR = Selector.of(BUILD, OTHER).anyChannel();
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final List<Operation> operations = new ArrayList<>();
    private final List<JobId> ids = new ArrayList<>();
    private final List<JobToken> tokens = new ArrayList<>();
    private final Random random = new Random(42);

    CrashWorkload(int rounds) {
        for (int i = 0; i < rounds; i++) {
            round(i);
        }
    }

    List<Operation> operations() {
        return operations;
    }

    private void round(int round) {
        JobRequest<RawJson, RawJson> plain = job(BUILD, 40).attempts(2, Backoff.fixed(Duration.ofSeconds(5)));
        JobRequest<RawJson, RawJson> first = job(BUILD, 200).uniqueKey("key").priority(5);
        JobRequest<RawJson, RawJson> second = job(OTHER, 10).dependsOn(first).channel("org");
        JobRequest<RawJson, RawJson> third = job(BUILD, 10).requires(second).dependsOn(first, first);
        JobRequest<RawJson, RawJson> twin = job(BUILD, 10).uniqueKey("key");
        JobRequest<RawJson, RawJson> later =
                job(OTHER, 30).delay(Duration.ofMinutes(1)).timeout(Duration.ofSeconds(9));
        JobRequest<RawJson, RawJson> follow = job(OTHER, 20).dependsOn(plain);
        JobRequest<RawJson, RawJson> lost = job(BUILD, 20).recoveries(1);
        insert("plain", plain);
        insert("graph", first, second, third);
        insert("later", later);
        insert("twin of a unique key", twin);
        insert("an unknown dependency", job(BUILD, 5).dependsOn(new JobId(uuid(7))));
        JobToken one = token();
        JobToken two = token();
        claim(one, two);
        report(one);
        // One of these tokens holds "first", the other "plain".
        finish("succeed with follow-ups", one, new JobOutcome.Succeeded(json(300)), List.of(follow));
        finish("fail", two, new JobOutcome.Failed(error(), Optional.of(json(50))), List.of());
        finish("fail again with the same token", two, new JobOutcome.Failed(error()), List.of());
        advance(Duration.ofSeconds(6));
        JobToken three = token();
        claim(three);
        finish("release", three, new JobOutcome.Released(Duration.ZERO), List.of());
        add("pause", (store, clock) -> store.pause(new PauseScope.Channel("org")));
        insert("lost", lost);
        JobToken four = token();
        JobToken five = token();
        claim(four, five);
        add("heartbeat", (store, clock) -> store.heartbeat(List.of(four, five)));
        advance(Duration.ofMinutes(3));
        expire();
        add("resume", (store, clock) -> {
            var unused = store.resume(new PauseScope.Channel("org"));
        });
        claim(token(), token(), token());
        PendingFinish pending = new PendingFinish(second.id(), new JobOutcome.Failed(error(), Optional.of(json(9))));
        add("finish pending", (store, clock) -> {
            var unused = store.finishPending(List.of(pending));
        });
        upkeep();
        cancel(later.id(), false);
        cancel(third.id(), true);
        insert("large", job(BUILD, 6_000), job(OTHER, 3_000));
        List<JobRequest<RawJson, RawJson>> many = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            many.add(job(OTHER, 150).priority(-1));
        }
        insert("many", many.toArray(JobRequest<?, ?>[]::new));
        JobToken[] batch = new JobToken[6];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = token();
        }
        claim(batch);
        List<FinishRequest> finishes = new ArrayList<>();
        for (JobToken token : batch) {
            finishes.add(new FinishRequest(token, new JobOutcome.Succeeded(json(60)), 0, List.of()));
        }
        add("finish many", (store, clock) -> {
            var unused = store.finish(finishes);
        });
        JobToken byId = token();
        add("claim by id", (store, clock) -> {
            var unused = store.claim(many.get(11).id(), new ClaimSlot(byId, "w"));
        });
        cancel(many.get(11).id(), false);
        advance(Duration.ofMinutes(round % 2 == 0 ? 1 : 90));
        upkeep();
        add("prune", (store, clock) -> store.prune(Duration.ofMinutes(30), 7));
        add("delete", (store, clock) -> {
            var unused = store.delete(many.get(11).id());
        });
        expire();
    }

    private void add(String name, BiConsumer<JobStore, ManualClock> call) {
        operations.add(new Operation(operations.size() + " " + name, call));
    }

    private void advance(Duration time) {
        add("advance " + time, (store, clock) -> clock.advance(time));
    }

    private void insert(String name, JobRequest<?, ?>... requests) {
        List<NewJob> graph = new ArrayList<>();
        for (JobRequest<?, ?> request : requests) {
            graph.add(new NewJob(request.job(), request.job().options().delay().orElse(Duration.ZERO)));
        }
        add("insert " + name, (store, clock) -> {
            var unused = store.insert(List.of(graph));
        });
    }

    private void claim(JobToken... slots) {
        List<ClaimSlot> list = new ArrayList<>();
        for (JobToken slot : slots) {
            list.add(new ClaimSlot(slot, "worker"));
        }
        add("claim " + slots.length, (store, clock) -> {
            var unused = store.claim(new ClaimRequest(SELECTOR, list));
        });
    }

    private void report(JobToken token) {
        RawJson progress = json(20);
        add("report", (store, clock) -> store.report(List.of(new ProgressReport(token, progress))));
    }

    private void finish(String name, JobToken token, JobOutcome outcome, List<JobRequest<RawJson, RawJson>> followUps) {
        List<NewJob> graph =
                followUps.stream().map(r -> new NewJob(r.job(), Duration.ZERO)).toList();
        add(name, (store, clock) -> {
            var unused = store.finish(List.of(new FinishRequest(token, outcome, 0.5, graph)));
        });
    }

    private void cancel(JobId id, boolean graph) {
        add(graph ? "cancel graph" : "cancel", (store, clock) -> {
            var unused = store.cancel(List.of(new CancelRequest(id, "not wanted", graph)));
        });
    }

    /** A checkpoint and a round of compaction in the middle of the workload, besides those that the store makes by itself. */
    private void upkeep() {
        add("upkeep", (store, clock) -> StoreOnSimDisk.upkeep(store));
    }

    private void expire() {
        add("expire", (store, clock) -> {
            var unused = store.expire(new ExpireRequest(LIMIT, 100, 0.5));
        });
    }

    private JobRequest<RawJson, RawJson> job(JobType<RawJson, RawJson> type, int size) {
        JobId id = new JobId(uuid(4));
        ids.add(id);
        return type.job(json(size)).id(id);
    }

    private JobToken token() {
        JobToken token = new JobToken(uuid(4));
        tokens.add(token);
        return token;
    }

    private UUID uuid(int version) {
        return new UUID((random.nextLong() & ~0xF000L) | ((long) version << 12), random.nextLong());
    }

    private RawJson json(int size) {
        StringBuilder text = new StringBuilder("{\"n\":\"");
        while (text.length() < size) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return RawJson.of(text.append("\"}").toString());
    }

    private static JobError error() {
        return new JobError(3, ErrorClass.CLIENT, "bad \u0000 input", RawJson.of("[1]"), false);
    }

    /** What a reader sees now. */
    Snapshot snapshot(JobStore store) {
        List<Page<JobId>> lists = new ArrayList<>();
        for (JobType<?, ?> type : List.of(BUILD, OTHER)) {
            for (String channel : List.of("default", "org")) {
                lists.add(store.list(JobQuery.finished(type.name(), channel), Page.Request.first(1_000)));
            }
        }
        return new Snapshot(
                store.find(ids, EnumSet.allOf(Part.class)),
                new HashSet<>(store.counts()),
                store.paused(),
                lists,
                store.running(tokens).stream().map(Optional::isPresent).toList());
    }

    /** What a reader must see after each number of operations, from none to all. */
    List<Snapshot> expected() {
        ManualClock clock = new ManualClock();
        List<Snapshot> expected = new ArrayList<>();
        try (InMemoryJobStore store = new InMemoryJobStore(clock)) {
            expected.add(snapshot(store));
            for (Operation operation : operations) {
                operation.call().accept(store, clock);
                expected.add(snapshot(store));
            }
        }
        return expected;
    }
}
