package dev.jobqueue.testkit.model;

import static dev.jobqueue.testkit.model.World.choose;

import dev.jobqueue.JobId;
import dev.jobqueue.JobToken;
import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.spi.CancelRequest;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ExpireRequest;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.PendingFinish;
import dev.jobqueue.spi.ProgressReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** One step of a program. */
sealed interface Operation {
    /** An operation that is the same call on both stores. */
    sealed interface OnStore extends Operation {
        /** Fixes ids and tokens; what comes out is run on each store and gives its answer. */
        Function<JobStore, Object> resolve(World world);
    }

    /** Lets time pass. */
    record Advance(int step) implements Operation {
        Duration time() {
            return choose(Samples.STEPS, step);
        }

        @Override
        public String toString() {
            return "Advance[" + time() + "]";
        }
    }

    /** Sets the wall clock. */
    record StepWall(int step, boolean back) implements Operation {
        Duration time() {
            Duration time = choose(Samples.STEPS, step);
            return back ? time.negated() : time;
        }

        @Override
        public String toString() {
            return "StepWall[" + time() + "]";
        }
    }

    /** Closes the store and opens it again. */
    record Reopen() implements Operation {}

    record Insert(List<Sketch.Graph> graphs) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            Set<JobId> inCall = new HashSet<>();
            List<List<NewJob>> resolved = new ArrayList<>();
            for (Sketch.Graph graph : graphs) {
                List<NewJob> jobs = world.graph(graph, inCall);
                if (!jobs.isEmpty()) {
                    resolved.add(jobs);
                }
            }
            return store -> store.insert(resolved);
        }
    }

    record Claim(int selector, List<Pick.OfSlot> slots) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            ClaimRequest request = new ClaimRequest(choose(Samples.SELECTORS, selector), world.slots(slots));
            return store -> store.claim(request);
        }
    }

    record ClaimById(Pick.OfJob job, Pick.OfSlot slot) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            JobId id = world.id(job);
            ClaimSlot resolved = world.slots(List.of(slot)).get(0);
            return store -> store.claim(id, resolved);
        }
    }

    record Finish(List<End> items) implements OnStore {
        record End(Pick.OfToken token, Sketch.Outcome outcome, int jitter, Sketch.Graph followUps) {}

        @Override
        public Function<JobStore, Object> resolve(World world) {
            Set<JobId> inCall = new HashSet<>();
            Set<JobToken> tokens = new HashSet<>();
            List<FinishRequest> requests = new ArrayList<>();
            for (End item : items) {
                JobToken token = world.token(item.token());
                if (tokens.add(token)) {
                    requests.add(new FinishRequest(
                            token,
                            item.outcome().resolve(),
                            choose(Samples.JITTERS, item.jitter()),
                            world.graph(item.followUps(), inCall)));
                }
            }
            return store -> store.finish(requests);
        }
    }

    record Heartbeat(List<Pick.OfToken> tokens) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            List<JobToken> resolved = tokens.stream().map(world::token).toList();
            return store -> store.heartbeat(resolved);
        }
    }

    record Report(List<Pick.OfToken> tokens, int progress) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            List<ProgressReport> reports = new ArrayList<>();
            for (Pick.OfToken token : tokens) {
                reports.add(new ProgressReport(world.token(token), choose(Samples.JSON, progress + reports.size())));
            }
            return store -> store.report(reports);
        }
    }

    record Cancel(List<Target> items) implements OnStore {
        record Target(Pick.OfJob job, int reason, boolean graph) {}

        @Override
        public Function<JobStore, Object> resolve(World world) {
            Set<JobId> ids = new HashSet<>();
            List<CancelRequest> requests = new ArrayList<>();
            for (Target item : items) {
                JobId id = world.id(item.job());
                if (ids.add(id)) {
                    requests.add(new CancelRequest(id, choose(Samples.TEXTS, item.reason()), item.graph()));
                }
            }
            return store -> store.cancel(requests);
        }
    }

    /** The outcome is not RELEASED. */
    record FinishPending(List<PendingEnd> items) implements OnStore {
        record PendingEnd(Pick.OfJob job, Sketch.Outcome outcome) {}

        @Override
        public Function<JobStore, Object> resolve(World world) {
            Set<JobId> ids = new HashSet<>();
            List<PendingFinish> requests = new ArrayList<>();
            for (PendingEnd item : items) {
                JobId id = world.id(item.job());
                if (ids.add(id)) {
                    requests.add(new PendingFinish(id, item.outcome().resolve()));
                }
            }
            return store -> store.finishPending(requests);
        }
    }

    /**
     * A sweep.
     *
     * @param heard whether all workers are heard of just before, so that only timeouts are left to find
     */
    record Expire(int limit, int max, int jitter, boolean heard) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            ExpireRequest request =
                    new ExpireRequest(choose(Samples.TIMES, limit), max, choose(Samples.JITTERS, jitter));
            List<JobToken> tokens = heard ? world.tokens() : List.of();
            return store -> List.of(store.heartbeat(tokens), store.expire(request));
        }

        @Override
        public String toString() {
            return "Expire[limit=" + choose(Samples.TIMES, limit) + ", max=" + max + ", jitter="
                    + choose(Samples.JITTERS, jitter) + (heard ? ", after heartbeats of all]" : "]");
        }
    }

    record Prune(int limit, int max) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            return store -> store.prune(choose(Samples.TIMES, limit), max);
        }

        @Override
        public String toString() {
            return "Prune[limit=" + choose(Samples.TIMES, limit) + ", max=" + max + "]";
        }
    }

    record Delete(Pick.OfJob job) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            JobId id = world.id(job);
            return store -> store.delete(id);
        }
    }

    record Pause(int scope) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            PauseScope resolved = choose(Samples.SCOPES, scope);
            return store -> {
                store.pause(resolved);
                return "paused";
            };
        }

        @Override
        public String toString() {
            return "Pause[" + choose(Samples.SCOPES, scope) + "]";
        }
    }

    /** Ends one of the pauses, or resumes what may not be paused. */
    record Resume(boolean paused, int scope) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            PauseScope resolved = paused ? world.paused(scope) : choose(Samples.SCOPES, scope);
            return store -> store.resume(resolved);
        }

        @Override
        public String toString() {
            return "Resume[" + (paused ? "pause " + scope : choose(Samples.SCOPES, scope)) + "]";
        }
    }

    record Demand(int selector) implements OnStore {
        @Override
        public Function<JobStore, Object> resolve(World world) {
            List<Selector> selectors = List.of(choose(Samples.SELECTORS, selector));
            return store -> {
                store.demand(selectors);
                return "noted";
            };
        }

        @Override
        public String toString() {
            return "Demand[" + choose(Samples.SELECTORS, selector) + "]";
        }
    }
}
