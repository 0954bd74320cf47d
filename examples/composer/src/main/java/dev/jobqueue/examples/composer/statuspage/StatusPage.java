package dev.jobqueue.examples.composer.statuspage;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.JobId;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.TypeName;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages for people on the listener of an API: the composes, each one with its jobs, and the queue. They only read.
 *
 * <p>A page is whole without the script, which asks for the same page again from time to time and takes over what has changed. What is read for a page does not grow with what has
 * ever been in the queue. Thread-safe.
 */
public final class StatusPage implements AutoCloseable {
    /** Where it stands on its listener. */
    public static final String PATH = "/ui";

    private static final Logger LOG = LoggerFactory.getLogger(StatusPage.class);
    private static final int PAGE_SIZE = 20;

    /** Nothing comes from elsewhere, and nothing that stands inside a page runs. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final Map<String, Asset> ASSETS = Stream.of(
                    Asset.of("page.css", "text/css"),
                    Asset.of("page.js", "text/javascript"),
                    Asset.of("icon.svg", "image/svg+xml"))
            .collect(Collectors.toUnmodifiableMap(Asset::name, Function.identity()));

    private final JobQueue queue;
    private final List<TypeName> types = new ArrayList<>();
    private final Composes composes;
    private final QueueSamples samples;
    private final Map<String, RecentComposes> recent = new ConcurrentHashMap<>();
    private final Pages pages;

    /**
     * Over a queue, which stays the caller's to close, after this.
     *
     * @param architectures for which images are built
     * @param composesPath of the list of composes in the API, for links
     */
    public StatusPage(JobQueue queue, Collection<String> architectures, String composesPath) {
        this(queue, architectures, composesPath, new QueueSamples(queue));
    }

    /** With these samples of the queue, which are closed with the page. */
    StatusPage(JobQueue queue, Collection<String> architectures, String composesPath, QueueSamples samples) {
        this.queue = requireNonNull(queue, "queue");
        this.samples = samples;
        types.add(JobTypes.KOJI_FINALIZE.name());
        architectures.forEach(
                architecture -> types.add(JobTypes.OSBUILD.variant(architecture).name()));
        composes = new Composes(queue);
        pages = new Pages(Map.of(
                "path", PATH,
                "api", composesPath,
                "css", versioned("page.css"),
                "js", versioned("page.js"),
                "icon", versioned("icon.svg")));
    }

    private static String versioned(String asset) {
        return PATH + "/assets/" + asset + "?v="
                + requireNonNull(ASSETS.get(asset)).version();
    }

    /** Starts to watch the queue. */
    public void start() {
        samples.start();
    }

    /**
     * Puts the pages onto a listener.
     *
     * @param channel whose jobs the caller of a request sees
     */
    public void addRoutes(RoutesConfig routes, Function<Context, String> channel) {
        read(routes, "", context -> page(context, c -> list(c, channel.apply(c))));
        read(routes, "/composes/{id}", context -> page(context, c -> compose(c, channel.apply(c))));
        read(routes, "/find", this::find);
        read(routes, "/assets/{name}", this::asset);
    }

    /** The framework answers HEAD itself, without headers, unless it is named. */
    private static void read(RoutesConfig routes, String path, Handler handler) {
        routes.get(PATH + path, handler);
        routes.head(PATH + path, handler);
    }

    // ---- pages

    /** A page, and the status that goes with it. */
    private record Answer(int status, String html) {}

    private Answer list(Context context, String channel) {
        RecentComposes list = recent.computeIfAbsent(channel, key -> new RecentComposes(queue, key, types));
        RecentComposes.Found look = list.look();
        int last = Math.max(0, (look.composes().size() - 1) / PAGE_SIZE);
        int number = Math.min(last, pageNumber(context));
        List<ComposeRow> rows = new ArrayList<>();
        look.composes().stream()
                .skip((long) number * PAGE_SIZE)
                .limit(PAGE_SIZE)
                .forEach(seen -> composes.row(seen).ifPresentOrElse(rows::add, () -> list.forget(seen)));
        Map<String, Object> values = new HashMap<>();
        values.put("composes", rows);
        values.put("total", look.composes().size());
        values.put("complete", look.complete());
        values.put("kept", RecentComposes.KEPT);
        values.put("page", number);
        values.put("last", last);
        values.put("queue", QueueView.of(samples.all(), channel));
        return new Answer(200, pages.render("list", values));
    }

    /** Whatever is no number is the first page. */
    private static int pageNumber(Context context) {
        @Nullable String text = context.queryParam("page");
        return text != null && text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    }

    private Answer compose(Context context, String channel) {
        return id(context.pathParam("id"))
                .flatMap(id -> composes.compose(id, channel))
                .map(compose -> new Answer(200, pages.render("compose", Map.of("compose", compose))))
                .orElseGet(() -> message(
                        404,
                        "No such compose",
                        "There is no compose with this id. It may have been deleted, or it is somebody else's."));
    }

    private static Optional<JobId> id(String text) {
        try {
            return Optional.of(JobId.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** From the form to the page of a compose. */
    private void find(Context context) {
        String text = Optional.ofNullable(context.queryParam("id")).orElse("").strip();
        head(context);
        context.header("Cache-Control", "no-store");
        id(text).ifPresentOrElse(id -> context.redirect(PATH + "/composes/" + id), () -> {
            Answer answer = message(
                    404, "No such compose", "'" + text + "' is no id of a compose. An id is a UUID of 36 characters.");
            context.status(answer.status())
                    .contentType("text/html; charset=utf-8")
                    .result(answer.html());
        });
    }

    private Answer message(int status, String title, String text) {
        return new Answer(status, pages.render("message", Map.of("title", title, "text", text)));
    }

    private void page(Context context, Function<Context, Answer> make) {
        Answer answer;
        try {
            answer = make.apply(context);
        } catch (JobQueueException e) {
            LOG.error("A status page could not be made: {}", context.path(), e);
            answer = message(503, "The queue does not answer", "Nothing is known right now. Try again in a moment.");
        }
        head(context);
        context.status(answer.status()).contentType("text/html; charset=utf-8");
        // Kept to ask whether it is still right, and by nobody but the one who asked.
        context.header("Cache-Control", "private, no-cache");
        if (answer.status() != 200 || !unchanged(context, Asset.version(answer.html()))) {
            context.result(answer.html());
        }
    }

    // ---- assets

    private void asset(Context context) {
        @Nullable Asset asset = ASSETS.get(context.pathParam("name"));
        if (asset == null) {
            page(context, c -> message(404, "No such file", "There is nothing here."));
            return;
        }
        head(context);
        boolean exact = asset.version().equals(context.queryParam("v"));
        context.contentType(asset.mediaType() + "; charset=utf-8");
        context.header("Cache-Control", exact ? "public, max-age=31536000, immutable" : "no-cache");
        if (!unchanged(context, asset.version())) {
            context.result(asset.content());
        }
    }

    // ---- headers

    private static void head(Context context) {
        context.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cross-Origin-Opener-Policy", "same-origin");
        context.header("Cross-Origin-Resource-Policy", "same-origin");
    }

    /** Whether the client has this content already; then that is the answer. */
    private static boolean unchanged(Context context, String version) {
        String tag = "\"" + version + "\"";
        context.header("ETag", tag);
        boolean same = tag.equals(context.header("If-None-Match"));
        if (same) {
            context.status(304);
        }
        return same;
    }

    /** Stops to watch the queue. Idempotent. */
    @Override
    public void close() {
        samples.close();
    }
}
