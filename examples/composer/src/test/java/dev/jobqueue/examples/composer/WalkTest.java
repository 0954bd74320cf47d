package dev.jobqueue.examples.composer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.composeapi.ComposeApi;
import dev.jobqueue.examples.composer.http.OpenApi;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.workerapi.WorkerApi;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The script of the README against a service. */
class WalkTest {
    private static final Pattern CALL = Pattern.compile("(?m)^(\\d{3}) ([A-Z]+) (http\\S+)\n(?:    (.+)\n)?");

    @TempDir
    Path directory;

    /** One call as the script shows it; the path is below the base path, without the query. */
    private record Call(int status, String method, String path, String body) {}

    private record Operation(String id, JsonNode responses) {}

    @BeforeEach
    void assumeCurl() {
        assumeThat(Programs.find("curl"))
                .as("walk.sh is not tested: there is no curl in the PATH")
                .isPresent();
    }

    /** Runs the script, which must end with this code; gives what it says. */
    private String walk(int exitCode, String... apis) throws Exception {
        Path output = directory.resolve("output");
        List<String> command = new ArrayList<>(List.of("sh", "walk.sh"));
        command.addAll(List.of(apis));
        ProcessBuilder script =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        script.environment().put("WIDTH", "1000000");
        int exit = script.start().waitFor();
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(exit).as(said).isEqualTo(exitCode);
        return said;
    }

    @Test
    @DisplayName("S43: the script of the README calls every operation of both APIs, and is answered as they promise")
    void everyOperation() throws Exception {
        try (Service service = new Service(Service.Settings.of(directory, Optional.empty()))) {
            String said = walk(0, service.workerUrl(), service.composeUrl());
            assertAll(OpenApi.read(WorkerApi.class, "openapi.yaml"), calls(said, service.workerUrl()));
            assertAll(OpenApi.read(ComposeApi.class, "openapi.yaml"), calls(said, service.composeUrl()));
        }
    }

    @Test
    @DisplayName("The script stops at the first answer that is not as it should be")
    void wrongAnswer() throws Exception {
        try (Service service = new Service(Service.Settings.of(directory, Optional.empty()))) {
            String said = walk(1, service.composeUrl(), service.composeUrl());
            assertThat(said).contains("404 GET " + service.composeUrl() + "/status", "the status should be 200");
            assertThat(CALL.matcher(said).results()).hasSize(1);
        }
    }

    private static List<Call> calls(String said, String base) {
        List<Call> calls = new ArrayList<>();
        for (Matcher call = CALL.matcher(said); call.find(); ) {
            if (call.group(3).startsWith(base)) {
                String path = call.group(3).substring(base.length()).split("\\?", 2)[0];
                calls.add(new Call(
                        Integer.parseInt(call.group(1)),
                        call.group(2),
                        path,
                        Optional.ofNullable(call.group(4)).orElse("")));
            }
        }
        return calls;
    }

    private static void assertAll(OpenApi api, List<Call> calls) {
        Set<String> wanted = new TreeSet<>();
        api.document()
                .path("paths")
                .forEach(path -> path.forEach(operation -> {
                    if (operation.has("operationId")) {
                        wanted.add(operation.path("operationId").stringValue());
                    }
                }));
        Set<String> done = new TreeSet<>();
        for (Call call : calls) {
            Optional<Operation> operation = operation(api, call);
            if (call.status() < 400) {
                JsonNode response = operation.orElseThrow().responses().path(Integer.toString(call.status()));
                assertThat(response.isMissingNode())
                        .as("undocumented: %s", call)
                        .isFalse();
                if (response.at("/content/application~1octet-stream").isMissingNode()) {
                    assertBody(api, response.at("/content/application~1json/schema/$ref"), call);
                }
                done.add(operation.get().id());
            } else {
                assertThat(api.mismatches("Error", ComposerJson.MAPPER.readTree(call.body())))
                        .as("%s", call)
                        .isEmpty();
            }
        }
        assertThat(done).isEqualTo(wanted);
    }

    private static void assertBody(OpenApi api, JsonNode schema, Call call) {
        if (schema.isMissingNode()) {
            assertThat(call.body()).as("%s", call).isEmpty();
        } else {
            String name = schema.stringValue().substring("#/components/schemas/".length());
            assertThat(api.mismatches(name, ComposerJson.MAPPER.readTree(call.body())))
                    .as("%s", call)
                    .isEmpty();
        }
    }

    /** The operation of a call; of two paths that fit the one without a variable goes first. */
    private static Optional<Operation> operation(OpenApi api, Call call) {
        JsonNode paths = api.document().path("paths");
        return Optional.of(paths.path(call.path()))
                .filter(path -> !path.isMissingNode())
                .or(() -> paths.properties().stream()
                        .filter(path -> call.path().matches(path.getKey().replaceAll("\\{[^}]*\\}", "[^/]+")))
                        .map(Map.Entry::getValue)
                        .findFirst())
                .map(path -> path.path(call.method().toLowerCase(Locale.ROOT)))
                .filter(operation -> !operation.isMissingNode())
                .map(operation ->
                        new Operation(operation.path("operationId").stringValue(), operation.path("responses")));
    }
}
