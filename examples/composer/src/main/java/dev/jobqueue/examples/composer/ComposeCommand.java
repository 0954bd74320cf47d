package dev.jobqueue.examples.composer;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.worker.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What somebody who wants images does at a terminal. */
@Command(
        name = "compose",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Asks a service for composes, watches and cancels them, and fetches their files.")
final class ComposeCommand {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final int PERCENT = 100;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--api",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            defaultValue = "http://127.0.0.1:8701/api/image-builder-composer/v2",
            description = "The compose API. Default: ${DEFAULT-VALUE}")
    private String api = "";

    @Mixin
    private LoginOptions login = new LoginOptions();

    private ComposeClient client() throws IOException {
        return new ComposeClient(api, login.login());
    }

    private PrintWriter out() {
        return requireNonNull(spec).commandLine().getOut();
    }

    @Command(name = "start", description = "Asks for a compose; prints its id.", mixinStandardHelpOptions = true)
    int start(
            @Parameters(
                            paramLabel = "FILE",
                            description = "A request as the API takes it, or a manifest of osbuild for one image.")
                    Path file,
            @Option(
                            names = "--arch",
                            paramLabel = "ARCH",
                            description = "Of the image of a manifest. Default: that of this machine.")
                    @Nullable
                    String arch,
            @Option(
                            names = "--export",
                            paramLabel = "PIPELINE",
                            description = "The pipeline of a manifest that makes the image.")
                    @Nullable
                    String export,
            @Option(names = "--name", paramLabel = "NAME", description = "The file of the image of a manifest.")
                    @Nullable
                    String name)
            throws IOException, InterruptedException {
        JsonNode json;
        try {
            json = ComposerJson.MAPPER.readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new ParameterException(
                    requireNonNull(spec).commandLine(), file + " is no JSON: " + e.getOriginalMessage(), e);
        }
        out().println(client().start(json.has("image_requests") ? json : request(json, arch, export, name)));
        return 0;
    }

    private Map<String, Object> request(
            JsonNode manifest, @Nullable String arch, @Nullable String export, @Nullable String name) {
        if (export == null) {
            throw new ParameterException(
                    requireNonNull(spec).commandLine(), "a manifest needs --export: the pipeline that makes the image");
        }
        Map<String, Object> image = new LinkedHashMap<>();
        image.put("architecture", arch == null ? Machine.here().arch() : arch);
        image.put("image_type", export);
        image.put("manifest", manifest);
        image.put("exports", List.of(export));
        if (name != null) {
            image.put("image_name", name);
        }
        return Map.of("image_requests", List.of(image));
    }

    @Command(
            name = "watch",
            description = {"Shows how far a compose is, until it has ended.", "Exit code: 0 for success, 1 for failure."
            },
            mixinStandardHelpOptions = true)
    int watch(@Parameters(paramLabel = "ID") String id) throws IOException, InterruptedException {
        ComposeClient client = client();
        JsonNode status = client.status(id);
        try (ProgressBar bar = bar(status)) {
            while (isPending(status)) {
                bar.stepTo(done(status));
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
                status = client.status(id);
            }
            bar.stepTo(done(status));
        }
        out().println(status.path("status").stringValue());
        for (JsonNode image : status.path("image_statuses")) {
            JsonNode error = image.path("error");
            if (!error.isMissingNode()) {
                out().println("error " + error.path("id") + ": "
                        + error.path("reason").asString(""));
            }
        }
        return status.path("status").stringValue().equals("success") ? 0 : 1;
    }

    private static ProgressBar bar(JsonNode status) {
        return new ProgressBarBuilder()
                .setTaskName("images")
                .setUnit("%", 1)
                .setInitialMax((long) PERCENT * status.path("image_statuses").size())
                .setStyle(ProgressBarStyle.ASCII)
                .build();
    }

    private static boolean isPending(JsonNode status) {
        return status.path("status").stringValue().equals("pending");
    }

    /** Percents of all images; what has ended is done, whatever it came to. */
    private static long done(JsonNode status) {
        long done = 0;
        for (JsonNode image : status.path("image_statuses")) {
            JsonNode progress = image.path("progress");
            long total = progress.path("total").asLong(0);
            done += switch (image.path("status").asString("")) {
                case "success", "failure" -> PERCENT;
                default ->
                    total <= 0
                            ? 0
                            : Math.min(PERCENT, PERCENT * progress.path("done").asLong(0) / total);
            };
        }
        return done;
    }

    @Command(
            name = "cancel",
            description = "Cancels what is unfinished of a compose, and removes it.",
            mixinStandardHelpOptions = true)
    int cancel(@Parameters(paramLabel = "ID") String id) throws IOException, InterruptedException {
        client().cancel(id);
        return 0;
    }

    @Command(
            name = "fetch",
            description = {
                "Fetches the files of a compose that has ended; prints where they are.",
                "What broke off is gone on with. Images for koji are in koji."
            },
            mixinStandardHelpOptions = true)
    int fetch(
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--to", paramLabel = "DIR", defaultValue = ".", description = "Default: ${DEFAULT-VALUE}")
                    Path directory)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        for (ComposeClient.Artifact artifact : client().artifacts(id)) {
            client().fetch(id, artifact, directory);
            out().println(directory.resolve(artifact.name()));
        }
        return 0;
    }
}
