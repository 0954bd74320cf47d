package dev.jobqueue.examples.composer.composeapi;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.composeapi.ComposeRequest.ImageRequest;
import dev.jobqueue.examples.composer.http.ApiException;
import dev.jobqueue.examples.composer.http.ApiServer;
import dev.jobqueue.examples.composer.http.ApiServerOptions;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.KojiInitArgs;
import dev.jobqueue.examples.composer.jobs.KojiNames;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.examples.composer.logs.LogKeys;
import dev.jobqueue.examples.composer.statuspage.StatusPage;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The compose API, over a queue. A compose is known by the id of the job that ends it: the build, or koji-finalize (S5).
 *
 * <p>It keeps nothing: what a compose has come to follows from its jobs. Thread-safe.
 */
public final class ComposeApi implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ComposeApi.class);

    /** A range of HTTP; a file has less than 10^18 bytes. */
    private static final Pattern BEHIND = Pattern.compile("bytes=([0-9]{1,18})-");

    private final JobQueue queue;
    private final ComposerJobs jobs;
    private final ComposeList list;
    private final StatusPage page;
    private final ApiServer server;
    private final InstantSource clock;
    private final ComposeFiles files;

    private ComposeApi(JobQueue queue, ApiServerOptions options, Set<String> architectures, ComposeFiles files)
            throws IOException {
        this.queue = requireNonNull(queue, "queue");
        this.files = requireNonNull(files, "files");
        jobs = new ComposerJobs(queue);
        list = new ComposeList(queue, architectures);
        clock = queue.options().clock();
        page = new StatusPage(queue, architectures, options.basePath() + "/composes");
        server = ApiServer.start(
                options, OpenApi.read(ComposeApi.class, "openapi.yaml"), ComposeError.catalogue(), (api, routes) -> {
                    addRoutes(api, routes);
                    routes.post(api.path("/compose"), context -> postCompose(api, context, architectures));
                    page.addRoutes(routes, api.requests()::channel);
                });
        page.start();
    }

    /** On this port of the loopback below {@code /api/image-builder-composer/v2}. */
    public static ApiServerOptions loopback(int port) {
        return ApiServerOptions.loopback(port, "/api/image-builder-composer/v2");
    }

    /**
     * Starts to listen.
     *
     * @param queue stays the caller's to close, after this
     * @param architectures those for which images may be asked
     * @param files what its composes come to
     */
    public static ComposeApi start(
            JobQueue queue, ApiServerOptions options, Set<String> architectures, ComposeFiles files)
            throws IOException {
        return new ComposeApi(queue, options, Set.copyOf(architectures), files);
    }

    private void addRoutes(ApiServer api, RoutesConfig routes) {
        routes.get(api.path("/composes"), context -> listComposes(api, context));
        routes.get(api.path("/composes/{id}"), context -> show(api, context, compose -> status(api, compose)));
        routes.get(api.path("/composes/{id}/logs"), context -> show(api, context, compose -> logs(api, compose)));
        routes.get(
                api.path("/composes/{id}/manifests"),
                context -> show(
                        api,
                        context,
                        compose -> new ManifestsBody(
                                "ComposeManifests",
                                id(compose),
                                href(api, compose, "/manifests"),
                                compose.manifests())));
        routes.get(
                api.path("/composes/{id}/metadata"),
                context -> show(
                        api,
                        context,
                        compose -> new MetadataBody(
                                "ComposeMetadata", id(compose), href(api, compose, "/metadata"), compose.metadata())));
        routes.get(
                api.path("/composes/{id}/artifacts"),
                context -> show(api, context, compose -> artifacts(api, compose)));
        routes.get(api.path("/composes/{id}/artifacts/{name}"), context -> artifact(api, context));
        routes.delete(api.path("/composes/{id}"), context -> delete(api, context));
    }

    // ---- POST /compose

    private record ComposeIdBody(String kind, String id, String href) {}

    private void postCompose(ApiServer api, Context context, Set<String> architectures) throws IOException {
        ComposeRequest request = api.requests().body(context, "ComposeRequest", ComposeRequest.class);
        for (ImageRequest image : request.imageRequests()) {
            if (!architectures.contains(image.architecture())) {
                throw new ApiException(
                        ComposeError.VALIDATION, "no architecture of this service: " + image.architecture());
            }
        }
        int images = request.imageRequests().size();
        if (images == 0 || (images > 1 && request.koji().isEmpty())) {
            throw new ApiException(ComposeError.NUMBER_OF_IMAGES, images + " images");
        }
        JobId id = enqueue(request, api.requests().channel(context));
        ApiServer.send(context, 201, new ComposeIdBody("ComposeId", id.toString(), api.path("/composes/" + id)));
    }

    /** All the jobs of a compose in one step, or none. */
    private JobId enqueue(ComposeRequest request, String channel) {
        try {
            if (request.koji().isPresent()) {
                KojiCompose compose = plan(request.koji().get(), request.imageRequests(), channel);
                jobs.enqueue(compose);
                return begun(
                        compose.finalizeJob(),
                        compose.requests().stream().map(JobRequest::id).toList());
            }
            ImageRequest image = request.imageRequests().get(0);
            OsbuildArgs args = OsbuildArgs.of(image.manifest(), image.filename(), image.exportList());
            JobId build = jobs.enqueue(
                    ComposerJobs.osbuild(image.architecture(), args).channel(channel));
            return begun(build, List.of(build));
        } catch (IllegalArgumentException e) {
            throw new ApiException(ComposeError.TOO_LARGE, "a manifest is too large for a job", e);
        } catch (JobQueueException e) {
            throw new ApiException(ComposeError.ENQUEUE, "the queue failed", e);
        }
    }

    /** Logs which jobs belong together; workers know the job only. */
    private static JobId begun(JobId compose, List<JobId> jobs) {
        MDC.put(LogKeys.COMPOSE_ID, compose.toString());
        LOG.info("Compose {} is enqueued, with jobs {}", compose, jobs);
        return compose;
    }

    private KojiCompose plan(ComposeRequest.Koji koji, List<ImageRequest> requests, String channel) {
        KojiInitArgs build = new KojiInitArgs(koji.server(), koji.name(), koji.version(), koji.release());
        requireNamesOfTheirOwn(build, requests);
        List<KojiCompose.Image> images = requests.stream()
                .map(image -> new KojiCompose.Image(
                        image.architecture(), image.manifest(), image.filename(), image.exportList(), Optional.empty()))
                .toList();
        return KojiCompose.plan(build, koji.taskId(), clock.instant().getEpochSecond(), images, channel);
    }

    /** In koji one image would take the place of the other. */
    private static void requireNamesOfTheirOwn(KojiInitArgs build, List<ImageRequest> requests) {
        Set<String> names = new HashSet<>();
        for (ImageRequest image : requests) {
            String name = KojiNames.filename(build, image.architecture(), image.filename());
            if (!names.add(name)) {
                String message = "two images would be " + name + " in koji";
                throw ApiException.withDetails(ComposeError.VALIDATION, message, message);
            }
        }
    }

    // ---- GET /composes/{id}

    private record StatusBody(
            String kind,
            String id,
            String href,
            String status,
            ImageBody imageStatus,
            List<ImageBody> imageStatuses,
            Optional<KojiStatus> kojiStatus) {}

    private record ImageBody(String status, Optional<RawJson> error, Optional<RawJson> progress) {}

    private record KojiStatus(long buildId) {}

    private record LogsBody(
            String kind, String id, String href, List<RawJson> imageBuilds, Optional<KojiLogsBody> koji) {}

    private record KojiLogsBody(
            RawJson init, @JsonProperty("import") RawJson end) {}

    private record ManifestsBody(String kind, String id, String href, List<RawJson> manifests) {}

    private record MetadataBody(String kind, String id, String href, List<RawJson> images) {}

    private void show(ApiServer api, Context context, Function<Compose, Object> body) {
        ApiServer.send(context, 200, read(() -> body.apply(compose(api, context))));
    }

    private static StatusBody status(ApiServer api, Compose compose) {
        Compose.State state = compose.state();
        List<ImageBody> images = state.images().stream()
                .map(image -> new ImageBody(word(image.state()), image.error(), image.progress()))
                .toList();
        return new StatusBody(
                "ComposeStatus",
                id(compose),
                href(api, compose, ""),
                word(state.state()),
                images.get(0),
                images,
                state.kojiBuildId().map(KojiStatus::new));
    }

    private static LogsBody logs(ApiServer api, Compose compose) {
        Compose.Logs logs = compose.logs();
        return new LogsBody(
                "ComposeLogs",
                id(compose),
                href(api, compose, "/logs"),
                logs.builds(),
                logs.koji().map(koji -> new KojiLogsBody(koji.init(), koji.end())));
    }

    // ---- GET /composes/{id}/artifacts

    private record ArtifactsBody(String kind, String id, String href, List<ArtifactBody> artifacts) {}

    private record ArtifactBody(String name, long size, String href) {}

    private ArtifactsBody artifacts(ApiServer api, Compose compose) {
        String href = href(api, compose, "/artifacts");
        List<ArtifactBody> artifacts = new ArrayList<>();
        try {
            files.of(compose.id)
                    .forEach((name, size) -> artifacts.add(new ArtifactBody(
                            name,
                            size,
                            href + "/"
                                    + URLEncoder.encode(name, StandardCharsets.UTF_8)
                                            .replace("+", "%20"))));
        } catch (IOException e) {
            throw new ApiException(ComposeError.ARTIFACTS, "the files of compose " + compose.id, e);
        }
        return new ArtifactsBody("ComposeArtifacts", id(compose), href, artifacts);
    }

    /** Sends a file, or what comes behind a byte of it: another range may be answered with the whole. */
    private void artifact(ApiServer api, Context context) throws IOException {
        Compose compose = read(() -> compose(api, context));
        Path file = files.find(compose.id, context.pathParam("name"))
                .orElseThrow(() -> new ApiException(ComposeError.NO_ARTIFACT, "no such file of " + compose.id));
        long size = Files.size(file);
        long first = first(context.header("Range"), size);
        if (first > 0) {
            context.status(206).header("Content-Range", "bytes " + first + "-" + (size - 1) + "/" + size);
        }
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(first);
        context.header("Accept-Ranges", "bytes").header("Content-Length", Long.toString(size - first));
        context.contentType("application/octet-stream").result(in);
    }

    private static long first(@Nullable String range, long size) {
        Matcher matcher = BEHIND.matcher(range == null ? "" : range);
        long first = matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
        return first < size ? first : 0;
    }

    private static String word(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String id(Compose compose) {
        return compose.id.toString();
    }

    private static String href(ApiServer api, Compose compose, String part) {
        return api.path("/composes/" + compose.id + part);
    }

    // ---- DELETE /composes/{id}

    private record DeletedBody(String kind, String id, String href) {}

    /** Cancels what is unfinished of a compose and removes its jobs; its workers learn that their tokens are no more. */
    private void delete(ApiServer api, Context context) {
        Compose compose = read(() -> compose(api, context));
        if (!compose.whole()) {
            throw new ApiException(ComposeError.DELETE, "job " + compose.id + " is a part of a compose");
        }
        files.deleted(remove(compose.id));
        ApiServer.send(context, 200, new DeletedBody("ComposeDeleteStatus", id(compose), href(api, compose, "")));
    }

    /** The jobs that are gone. */
    private Set<JobId> remove(JobId id) {
        try {
            cancel(id);
            Set<JobId> ids = Set.copyOf(queue.graph(id).jobs().keySet());
            var unused = queue.delete(id);
            return ids;
        } catch (JobQueueException.NotFound e) {
            throw new ApiException(ComposeError.NO_COMPOSE, "a job is gone", e);
        } catch (JobQueueException.Invalid e) {
            throw new ApiException(ComposeError.DELETE, "the jobs are needed", e);
        } catch (JobQueueException e) {
            throw new ApiException(ComposeError.DELETE_FAILED, "the queue failed", e);
        }
    }

    private void cancel(JobId id) {
        try {
            var unused = queue.cancelGraph(id, "the compose was deleted");
        } catch (JobQueueException.AlreadyFinished e) {
            // There is nothing to cancel.
        }
    }

    // ---- GET /composes

    private record ListBody(
            String kind, String id, String href, int page, int size, int total, List<ComposeIdBody> items) {}

    private void listComposes(ApiServer api, Context context) {
        ApiServer.Paging paging = api.paging(context);
        List<JobId> ids;
        try {
            ids = list.ids(api.requests().channel(context));
        } catch (JobQueueException e) {
            throw new ApiException(ComposeError.LIST, "the queue failed", e);
        }
        List<ComposeIdBody> items = paging.of(ids).stream()
                .map(id -> new ComposeIdBody("ComposeId", id.toString(), api.path("/composes/" + id)))
                .toList();
        ApiServer.send(
                context,
                200,
                new ListBody(
                        "ComposeList",
                        "composes",
                        api.path("/composes"),
                        paging.page(),
                        items.size(),
                        ids.size(),
                        items));
    }

    // ---- all

    /** The one that the path names, if it is the caller's. */
    private Compose compose(ApiServer api, Context context) {
        return Compose.of(queue, composeId(context), api.requests().channel(context));
    }

    private static JobId composeId(Context context) {
        try {
            JobId id = JobId.parse(context.pathParam("id"));
            MDC.put(LogKeys.COMPOSE_ID, id.toString());
            return id;
        } catch (IllegalArgumentException e) {
            throw new ApiException(ComposeError.BAD_COMPOSE_ID, "no UUID in the path", e);
        }
    }

    /** Gives failures of the queue numbers of their own; a compose may be deleted while it is looked at. */
    private static <T> T read(Supplier<T> call) {
        try {
            return call.get();
        } catch (JobQueueException.NotFound e) {
            throw new ApiException(ComposeError.NO_COMPOSE, "a job is gone", e);
        } catch (JobQueueException.Undecodable e) {
            throw new ApiException(ComposeError.MALFORMED_RESULT, "a result cannot be read", e);
        } catch (JobQueueException e) {
            throw new ApiException(ComposeError.STATUS, "the queue failed", e);
        }
    }

    /** Where this listens, as {@link ApiServer#url} tells it. */
    public String url() {
        return server.url();
    }

    /** Answers what is being answered, and stops. Idempotent. */
    @Override
    public void close() {
        server.close();
        page.close();
    }
}
