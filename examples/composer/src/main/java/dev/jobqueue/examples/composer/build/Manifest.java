package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The part of osbuild's second manifest format that {@link SmallBuilder} knows: pipelines, and sources of files that stand in the manifest.
 *
 * @param pipelines in the order of the manifest
 * @param files contents by their name, {@code sha256:...}
 */
record Manifest(Map<String, Pipeline> pipelines, Map<String, byte[]> files) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String INLINE = "org.osbuild.inline";

    record Pipeline(String name, List<Stage> stages) {}

    record Stage(String type, JsonNode options, JsonNode inputs, JsonNode devices) {}

    /** The manifest is wrong, or asks for something that only osbuild knows. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String message) {
            super(message);
        }
    }

    static Manifest read(RawJson json) throws Unusable {
        JsonNode root;
        try {
            root = JSON.readTree(json.toBytes());
        } catch (JacksonException e) {
            throw new Unusable("the manifest is no JSON: " + e.getOriginalMessage());
        }
        if (!"2".equals(root.path("version").asString(""))) {
            throw new Unusable("the manifest has version " + root.path("version") + ", known is \"2\"");
        }
        Map<String, Pipeline> pipelines = new LinkedHashMap<>();
        for (JsonNode pipeline : root.path("pipelines")) {
            String name = pipeline.path("name").asString("");
            List<Stage> stages = new ArrayList<>();
            for (JsonNode stage : pipeline.path("stages")) {
                stages.add(new Stage(
                        stage.path("type").asString(""),
                        stage.path("options"),
                        stage.path("inputs"),
                        stage.path("devices")));
            }
            if (pipelines.put(name, new Pipeline(name, List.copyOf(stages))) != null) {
                throw new Unusable("two pipelines are called '" + name + "'");
            }
        }
        return new Manifest(pipelines, files(root.path("sources")));
    }

    private static Map<String, byte[]> files(JsonNode sources) throws Unusable {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> source : sources.properties()) {
            if (!source.getKey().equals(INLINE)) {
                throw new Unusable("sources of " + source.getKey() + " need osbuild; known is " + INLINE);
            }
            for (Map.Entry<String, JsonNode> item :
                    source.getValue().path("items").properties()) {
                files.put(item.getKey(), content(item.getKey(), item.getValue()));
            }
        }
        return files;
    }

    private static byte[] content(String name, JsonNode item) throws Unusable {
        byte[] content;
        try {
            content = Base64.getDecoder().decode(item.path("data").asString(""));
        } catch (IllegalArgumentException e) {
            throw new Unusable("the data of " + name + " is no base64: " + e.getMessage());
        }
        String found = "sha256:" + HexFormat.of().formatHex(sha256().digest(content));
        if (!name.equals(found)) {
            throw new Unusable("the data of " + name + " has the checksum " + found);
        }
        return content;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Pipeline pipeline(String name) throws Unusable {
        Pipeline pipeline = pipelines.get(name);
        if (pipeline == null) {
            throw new Unusable("there is no pipeline '" + name + "', only " + pipelines.keySet());
        }
        return pipeline;
    }
}
