package dev.jobqueue.examples.composer.workerapi;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.DequeueRequest;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobToken;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.Selector;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeName;
import dev.jobqueue.examples.composer.composeapi.ComposeFiles;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.http.ApiServer;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.http.Role;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.logs.LogKeys;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import org.slf4j.MDC;

/**
 * The service's side of the worker API, over a queue. Workers name a job by the token of their run, never by its id (S40).
 *
 * <p>It keeps nothing in memory that it needs: after a restart workers go on with the ids and the tokens that they have. Thread-safe.
 */
public final class WorkerApi implements AutoCloseable {
    private static final String NOT_FOR_WORKERS = "manifest-id-only";

    /** Asks the queue about each job that has artifacts. */
    private static final Duration CLEAN_INTERVAL = Duration.ofHours(1);

    private final JobQueue queue;
    private final WorkerApiOptions options;
    private final Owners owners;
    private final Workers workers;
    private final Runs runs;
    private final LongPolls polls;
    private final ApiServer server;

    private WorkerApi(JobQueue queue, WorkerApiOptions options) throws IOException {
        this.queue = requireNonNull(queue, "queue");
        this.options = requireNonNull(options, "options");
        owners = new Owners(queue);
        workers = new Workers(
                options.workers(),
                options.limits().maxWorkers(),
                queue.options().clock());
        runs = new Runs(queue, options.artifacts(), options.limits());
        runs.repair();
        polls = new LongPolls(queue, options.limits().maxWaiting());
        server = ApiServer.start(
                options.server(),
                OpenApi.read(WorkerApi.class, "openapi.yaml"),
                WorkerError.catalogue(),
                this::addRoutes);
        runs.sweepEvery(options.sweepInterval());
        runs.cleanEvery(CLEAN_INTERVAL);
        workers.watch(options.workerWatchInterval(), options.workerTimeout());
    }

    /**
     * Repairs what a crash has left of the artifacts and starts to listen.
     *
     * @param queue stays the caller's to close, after this
     */
    public static WorkerApi start(JobQueue queue, WorkerApiOptions options) throws IOException {
        return new WorkerApi(queue, options);
    }

    private void addRoutes(ApiServer api, RoutesConfig routes) {
        routes.get(
                api.path("/status"),
                context -> ApiServer.send(context, 200, new Status("Status", "status", api.path("/status"), "OK")),
                Role.ANYBODY);
        routes.post(api.path("/jobs"), context -> requestJob(api, context));
        routes.post(api.path("/workers"), context -> registerWorker(api, context));
        routes.post(api.path("/workers/{id}/status"), context -> workerStatus(api, context));
        routes.get(api.path("/jobs/{token}"), context -> jobStatus(api, context));
        routes.patch(api.path("/jobs/{token}"), context -> updateJob(api, context));
        routes.put(api.path("/jobs/{token}/artifacts/{name}"), context -> uploadArtifact(api, context));
    }

    private record Status(String kind, String id, String href, String status) {}

    // ---- POST /jobs

    private record RequestJob(List<String> types, String arch, Optional<String> workerId) {}

    private record RequestedJob(
            String kind,
            String id,
            String href,
            String location,
            String artifactLocation,
            String type,
            int attempt,
            Optional<RawJson> args,
            Optional<List<RawJson>> dynamicArgs) {}

    private void requestJob(ApiServer api, Context context) throws IOException {
        RequestJob request = api.requests().body(context, "RequestJob", RequestJob.class);
        DequeueRequest dequeue = dequeueRequest(request, api.requests().channel(context), origin(context));
        context.future(() -> polls.start(context, dequeue, job -> requestedJob(api, job))
                .exceptionally(e -> {
                    throw new ApiException(WorkerError.REQUEST, "no job could be looked for", e);
                }));
    }

    private DequeueRequest dequeueRequest(RequestJob request, String channel, String origin) {
        if (request.types().contains(NOT_FOR_WORKERS)) {
            throw new ApiException(WorkerError.TYPE_NOT_FOR_WORKERS, "worker asks for " + NOT_FOR_WORKERS);
        }
        String worker = request.workerId().isPresent()
                ? heard(request.workerId().get(), channel, WorkerError.REQUEST).shown()
                : origin + " " + request.arch();
        try {
            Set<TypeName> types = new LinkedHashSet<>();
            request.types().forEach(type -> types.add(JobTypes.requested(type, request.arch())));
            DequeueRequest dequeue =
                    DequeueRequest.of(Selector.of(types).channels(channel)).worker(worker);
            return options.requestTimeout().isZero() ? dequeue : dequeue.timeout(options.requestTimeout());
        } catch (IllegalArgumentException e) {
            throw new ApiException(WorkerError.BODY, "no types of jobs", e);
        }
    }

    private static String origin(Context context) {
        return context.ip().isEmpty() ? "local" : context.ip();
    }

    /** A worker that has registered, and that lives. */
    private Workers.Registered heard(String id, String channel, WorkerError otherwise) {
        UUID worker;
        try {
            // Stricter than the UUIDs of the JDK.
            worker = UUID.fromString(JobToken.parse(id).reveal());
        } catch (IllegalArgumentException e) {
            throw new ApiException(WorkerError.BAD_WORKER_ID, "no id of a worker", e);
        }
        try {
            return workers.heard(worker, channel)
                    .orElseThrow(() -> new ApiException(WorkerError.NO_WORKER, "no worker " + worker));
        } catch (IOException e) {
            throw new ApiException(otherwise, "the file of worker " + worker, e);
        }
    }

    private byte[] requestedJob(ApiServer api, RunningJob<RawJson, RawJson> job) {
        owners.note(job);
        String location = api.path("/jobs/" + job.token().reveal());
        List<RawJson> results = new ArrayList<>();
        for (DependencyOutcome<RawJson> dependency : job.dependencies()) {
            results.add(dependency.result().orElse(RawJson.NULL));
        }
        return ComposerJson.MAPPER.writeValueAsBytes(new RequestedJob(
                "RequestJob",
                job.id().toString(),
                api.path("/jobs"),
                location,
                location + "/artifacts/",
                job.type().family(),
                job.attempt(),
                Optional.of(job.args()).filter(args -> !args.isNull()),
                Optional.of(results).filter(list -> !list.isEmpty())));
    }

    // ---- POST /workers and /workers/{id}/status

    private record RegisterWorker(String arch, Optional<String> name) {}

    private record RegisteredWorker(String kind, String id, String href, String workerId) {}

    private void registerWorker(ApiServer api, Context context) throws IOException {
        RegisterWorker request = api.requests().body(context, "RegisterWorker", RegisterWorker.class);
        String channel = api.requests().channel(context);
        try {
            Workers.Registered worker =
                    workers.register(request.name().orElse(origin(context)), request.arch(), channel);
            String id = worker.id().toString();
            ApiServer.send(context, 201, new RegisteredWorker("WorkerID", id, api.path("/workers/" + id), id));
        } catch (IOException e) {
            throw new ApiException(WorkerError.REGISTER, "the file of a new worker", e);
        } catch (Workers.TooMany e) {
            String message = "at most " + options.limits().maxWorkers() + " workers are registered at once";
            throw ApiException.withDetails(WorkerError.TOO_MANY_WORKERS, message, message);
        }
    }

    private void workerStatus(ApiServer api, Context context) {
        var unused = heard(context.pathParam("id"), api.requests().channel(context), WorkerError.WORKER_STATUS);
        context.status(200);
    }

    // ---- GET and PATCH /jobs/{token}

    private record JobAlive(String kind, String id, String href, boolean canceled) {}

    /** The heartbeat, and how a worker learns that its job was canceled (S15, S16). */
    private void jobStatus(ApiServer api, Context context) {
        JobToken token = token(context, WorkerError.BAD_TOKEN);
        requireOwn(api, context, token);
        TokenAnswer answer = guarded(
                WorkerError.STATUS, () -> queue.heartbeat(List.of(token)).get(0));
        if (answer.verdict() == TokenAnswer.Verdict.LOST) {
            throw new ApiException(WorkerError.NO_TOKEN, "heartbeat of no running job");
        }
        boolean canceled = answer.verdict() == TokenAnswer.Verdict.CANCELED;
        ApiServer.send(context, 200, new JobAlive("JobStatus", token.reveal(), href(api, token), canceled));
    }

    private record UpdateJob(Optional<RawJson> result, Optional<RawJson> partial) {}

    private record UpdatedJob(String kind, String id, String href) {}

    private void updateJob(ApiServer api, Context context) throws IOException {
        JobToken token = token(context, WorkerError.BAD_JOB_ID);
        UpdateJob update = api.requests().body(context, "UpdateJob", UpdateJob.class);
        requireOwn(api, context, token);
        TokenAnswer answer = update.partial().isPresent()
                ? report(token, update.partial().get())
                : finish(token, update.result().orElse(RawJson.NULL));
        switch (answer.verdict()) {
            case CANCELED -> throw new ApiException(WorkerError.NOT_RUNNING, "the job was canceled");
            case LOST -> throw new ApiException(WorkerError.NO_TOKEN, "update of no running job");
            case CONTINUE, DONE ->
                ApiServer.send(context, 200, new UpdatedJob("UpdateJobResponse", token.reveal(), href(api, token)));
        }
    }

    private TokenAnswer report(JobToken token, RawJson progress) {
        try {
            return guarded(WorkerError.UPDATE, () -> queue.report(token, progress));
        } catch (IllegalArgumentException e) {
            throw new ApiException(WorkerError.TOO_LARGE, "partial result", e);
        }
    }

    private TokenAnswer finish(JobToken token, RawJson result) {
        try {
            return guarded(WorkerError.FINISH, () -> runs.finish(token, result));
        } catch (JobQueueException.Undecodable e) {
            throw new ApiException(WorkerError.RESULT, "result of another type", e);
        } catch (IllegalArgumentException e) {
            throw new ApiException(WorkerError.TOO_LARGE, "result", e);
        }
    }

    // ---- PUT /jobs/{token}/artifacts/{name}

    private void uploadArtifact(ApiServer api, Context context) {
        JobToken token = token(context, WorkerError.BAD_JOB_ID);
        String name = context.pathParam("name");
        if (!Artifacts.isName(name)) {
            throw new ApiException(WorkerError.BAD_ARTIFACT_NAME, "name of an artifact");
        }
        requireOwn(api, context, token);
        long length = context.req().getContentLengthLong();
        try {
            if (!guarded(
                    WorkerError.RESOLVE_TOKEN,
                    () -> runs.store(token, name, api.requests().content(context), length))) {
                throw new ApiException(WorkerError.NO_TOKEN, "artifact of no running job");
            }
            context.status(200);
        } catch (IOException e) {
            throw new ApiException(WorkerError.WRITE_ARTIFACT, "artifact", e);
        }
    }

    // ---- all

    /** A file that a worker brought for a job that has ended. */
    public Optional<Path> artifact(JobId job, String name) {
        return runs.artifact(job, name);
    }

    /** The files that workers have brought, for the other API. */
    public ComposeFiles files() {
        return new ComposeFiles() {
            @Override
            public SortedMap<String, Long> of(JobId job) throws IOException {
                return runs.artifacts(job);
            }

            @Override
            public Optional<Path> find(JobId job, String name) {
                return runs.artifact(job, name);
            }

            @Override
            public void deleted(Set<JobId> jobs) {
                runs.forget(jobs);
            }
        };
    }

    /** Removes the artifacts of those of these jobs that are not in the queue any more. */
    public void forget(Collection<JobId> jobs) {
        runs.forget(jobs);
    }

    /** Tokens of other tenants are unknown (W7); what is logged from now on is about the job. */
    private void requireOwn(ApiServer api, Context context, JobToken token) {
        String channel = api.requests().channel(context);
        JobId job = guarded(WorkerError.RESOLVE_TOKEN, () -> owners.own(token, channel))
                .orElseThrow(() -> new ApiException(WorkerError.NO_TOKEN, "token of no known run of this tenant"));
        MDC.put(LogKeys.JOB_ID, job.toString());
    }

    private static JobToken token(Context context, WorkerError otherwise) {
        try {
            return JobToken.parse(context.pathParam("token"));
        } catch (IllegalArgumentException e) {
            throw new ApiException(otherwise, "no UUID in the path", e);
        }
    }

    private static String href(ApiServer api, JobToken token) {
        return api.path("/jobs/" + token.reveal());
    }

    /** Gives failures of the queue a number of their own; refusals pass. */
    private static <T, E extends Exception> T guarded(WorkerError error, Call<T, E> call) throws E {
        try {
            return call.call();
        } catch (JobQueueException.Refused e) {
            throw e;
        } catch (JobQueueException e) {
            throw new ApiException(error, "the queue failed", e);
        }
    }

    private interface Call<T, E extends Exception> {
        T call() throws E;
    }

    /** Where this listens, as {@link ApiServer#url} tells it. */
    public String url() {
        return server.url();
    }

    /** How many workers wait for a job. */
    public int waiting() {
        return polls.waiting();
    }

    /** How many workers have gone away before they got their answer. */
    int left() {
        return polls.left();
    }

    /** Sends waiting workers away with 204, answers what is being answered, and stops. Idempotent. */
    @Override
    public void close() {
        polls.close();
        server.close();
        runs.close();
        workers.close();
    }
}
