package dev.jobqueue.fs;

import dev.jobqueue.Dependency;
import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobState;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.ClaimRequest;
import dev.jobqueue.spi.ClaimSlot;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.FinishRequest;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoredJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The few calls that the tests here make again and again. */
public final class Jobs {
    public static final TypeName TYPE = TypeName.parse("osbuild:x86_64");
    public static final Selector SELECTOR = new Selector(Set.of(TYPE), Set.of(JobOptions.DEFAULT_CHANNEL));

    private Jobs() {}

    public static NewJob job(String args, Dependency... dependencies) {
        return job(JobId.create(), args, dependencies);
    }

    public static NewJob job(JobId id, String args, Dependency... dependencies) {
        return new NewJob(
                new Job<>(id, TYPE, RawJson.of(args), Arrays.asList(dependencies), JobOptions.DEFAULT), Duration.ZERO);
    }

    /** Args of about so many bytes. */
    public static String text(int bytes) {
        return "\"" + "x".repeat(Math.max(0, bytes - 2)) + "\"";
    }

    public static JobId insert(JobStore store, NewJob job) {
        return insert(store, List.of(job)).get(0).id();
    }

    public static List<Enqueued> insert(JobStore store, List<NewJob> graph) {
        Answer<List<Enqueued>> answer = store.insert(List.of(graph)).items().get(0);
        return ((Answer.Accepted<List<Enqueued>>) answer).value();
    }

    public static List<JobId> insertMany(JobStore store, int count, int argsBytes) {
        List<List<NewJob>> graphs = new ArrayList<>();
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            NewJob job = job(text(argsBytes));
            ids.add(job.job().id());
            graphs.add(List.of(job));
        }
        store.insert(graphs);
        return ids;
    }

    public static List<ClaimedJob> claim(JobStore store, int count) {
        List<ClaimSlot> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slots.add(new ClaimSlot(new JobToken(UUID.randomUUID()), "worker-1"));
        }
        return store.claim(new ClaimRequest(SELECTOR, slots)).jobs();
    }

    public static TokenAnswer succeed(JobStore store, JobToken token, String result) {
        Answer<TokenAnswer> answer = store.finish(
                        List.of(new FinishRequest(token, new JobOutcome.Succeeded(RawJson.of(result)), 0, List.of())))
                .items()
                .get(0);
        return ((Answer.Accepted<TokenAnswer>) answer).value();
    }

    /** Claims and finishes all that is READY. */
    public static void runAll(JobStore store, String result) {
        for (List<ClaimedJob> jobs = claim(store, 500); !jobs.isEmpty(); jobs = claim(store, 500)) {
            List<FinishRequest> finishes = new ArrayList<>();
            for (ClaimedJob job : jobs) {
                finishes.add(
                        new FinishRequest(job.token(), new JobOutcome.Succeeded(RawJson.of(result)), 0, List.of()));
            }
            store.finish(finishes);
        }
    }

    public static Optional<StoredJob> find(JobStore store, JobId id) {
        return store.find(List.of(id), EnumSet.allOf(Part.class)).get(0);
    }

    public static JobState state(JobStore store, JobId id) {
        return find(store, id).orElseThrow().status().state();
    }
}
