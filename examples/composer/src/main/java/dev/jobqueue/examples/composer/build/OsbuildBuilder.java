package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Builds with osbuild: the manifest on its standard input, its result as JSON. */
public final class OsbuildBuilder implements ImageBuilder {
    private static final JsonMapper JSON = new JsonMapper();

    private final String program;
    private final Path store;

    /**
     * @param program the name or path of osbuild
     * @param store where osbuild keeps what it has downloaded and built
     */
    public OsbuildBuilder(String program, Path store) {
        this.program = program;
        this.store = store;
    }

    @Override
    public BuildOutput build(RawJson manifest, List<String> exports, Path output)
            throws IOException, InterruptedException {
        Files.createDirectories(store);
        try (Scratch scratch = Scratch.beside(output)) {
            Path input = scratch.directory().resolve("manifest.json");
            Files.write(input, manifest.toBytes());
            Subprocess.Ended ended = Subprocess.run(command(exports, output), input, scratch.directory());
            return result(ended);
        }
    }

    private List<String> command(List<String> exports, Path output) {
        List<String> command = new ArrayList<>(
                List.of(program, "--store", store.toString(), "--output-directory", output.toString(), "--json"));
        for (String export : exports) {
            command.add("--export");
            command.add(export);
        }
        command.add("-");
        return command;
    }

    /** osbuild ends with an error code also when it tells about a failed build; then its JSON counts. */
    private BuildOutput result(Subprocess.Ended ended) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(ended.output());
            JsonNode json = JSON.readTree(bytes);
            if (json.isObject()) {
                boolean success = ended.exitCode() == 0 && json.path("success").asBoolean(false);
                return new BuildOutput(success, RawJson.ofUtf8(bytes));
            }
        } catch (JacksonException e) {
            throw new IOException(
                    program + " ended with exit code " + ended.exitCode() + " and no result: " + ended.said(), e);
        }
        throw new IOException(program + " ended with exit code " + ended.exitCode() + ": " + ended.said());
    }
}
