package dev.jobqueue.examples.composer.koji;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** A hub with builds in memory that checks what it is sent, counts its calls and holds calls and loses replies when told to. */
public final class TestHub implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final Map<Long, Build> builds = new LinkedHashMap<>();
    private final Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final Map<BuildName, Integer> imports = new HashMap<>();
    private final Map<String, Integer> repliesToLose = new HashMap<>();
    private final Sessions sessions = new Sessions();
    private @Nullable Hold hold;
    private int status = 200;

    /** A build and all states that it has had. */
    public static final class Build {
        final long id;
        final BuildName name;
        final String token = UUID.randomUUID().toString();
        final List<BuildState> states = new ArrayList<>(List.of(BuildState.BUILDING));

        @Nullable
        Map<?, ?> metadata;

        String directory = "";

        Build(long id, BuildName name) {
            this.id = id;
            this.name = name;
        }

        BuildState state() {
            return states.get(states.size() - 1);
        }
    }

    /** What the hub answers to a call that it does not like. */
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1;
        private static final int GENERIC_ERROR = 1000;

        private final int code;

        Fault(String message) {
            this(GENERIC_ERROR, message);
        }

        Fault(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    public TestHub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/kojihub", this::handle);
        server.start();
    }

    public URI url() {
        return URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + "/kojihub");
    }

    /** Carries out the next calls of this method without a word. */
    public synchronized void loseReplies(String method, int count) {
        repliesToLose.put(method, count);
    }

    /**
     * From now on only who logs in like this may change anything.
     *
     * @param inHeaders where the hub looks for a session: in headers, else in the URL
     */
    public synchronized void requireLogin(KojiLogin login, boolean inHeaders) {
        sessions.require(login, inHeaders);
    }

    /** All sessions are over. */
    public synchronized void expireSessions() {
        sessions.expire();
    }

    /** All sessions are over, and the hub does not know them any more. */
    public synchronized void forgetSessions() {
        sessions.forget();
    }

    /** The keys of the sessions that the hub knows. */
    public synchronized List<String> sessionKeys() {
        return sessions.keys();
    }

    /** Answers with this status from now on. */
    public synchronized void answerWith(int newStatus) {
        status = newStatus;
    }

    /** Where a call is held. */
    public enum Where {
        BEFORE_THE_CALL,
        BEFORE_THE_REPLY
    }

    /** A call that is held until it is let go. */
    public static final class Hold {
        private final String method;
        private final Where where;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);
        private int callsBefore;
        private volatile boolean dropped;

        private Hold(String method, int number, Where where) {
            this.method = method;
            this.where = where;
            callsBefore = number - 1;
        }

        /** Returns when the call is held. */
        public void await() throws InterruptedException {
            if (!reached.await(1, TimeUnit.MINUTES)) {
                throw new AssertionError(method + " was not called");
            }
        }

        /** The call goes on. */
        public void release() {
            ended.countDown();
        }

        /** The call ends here, as one whose caller has died on the way. */
        public void drop() {
            dropped = true;
            ended.countDown();
        }

        private boolean goesOn(Where here) throws InterruptedException {
            if (here != where) {
                return true;
            }
            reached.countDown();
            ended.await();
            return !dropped;
        }
    }

    /** Holds the call of this method with this number, counted from 1 from now on. */
    public synchronized Hold hold(String method, int number, Where where) {
        hold = new Hold(method, number, where);
        return hold;
    }

    private @Nullable Hold held(String method) {
        Hold next = hold;
        if (next == null || !next.method.equals(method) || next.callsBefore-- > 0) {
            return null;
        }
        hold = null;
        return next;
    }

    /** The files of the build with this name that was imported, whole as they were then. */
    public synchronized Map<String, byte[]> imported(BuildName name) {
        List<?> outputs = (List<?>) importedBuild(name).get("output");
        String directory = requireNonNull(newest(name)).directory;
        Map<String, byte[]> imported = new LinkedHashMap<>();
        for (Object o : outputs) {
            Map<?, ?> output = (Map<?, ?>) o;
            String file = (String) output.get("filename");
            byte[] content = file(directory, file);
            if (content.length != number(output.get("filesize"))
                    || !Sums.md5(content).equals(output.get("checksum"))) {
                throw new AssertionError(file + " was changed after the import");
            }
            imported.put(file, content);
        }
        return imported;
    }

    public synchronized int calls(String method) {
        return calls.getOrDefault(method, 0);
    }

    /** All calls. */
    public synchronized int calls() {
        return calls.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The task that the build with this name was imported for. */
    public synchronized long task(BuildName name) {
        return number(((Map<?, ?>) importedBuild(name).get("build")).get("task_id"));
    }

    private Map<?, ?> importedBuild(BuildName name) {
        Build build = newest(name);
        if (build == null || build.metadata == null) {
            throw new AssertionError("not imported: " + name);
        }
        return build.metadata;
    }

    /** How often builds of this name were imported; refused imports do not count. */
    public synchronized int imports(BuildName name) {
        return imports.getOrDefault(name, 0);
    }

    /** All states that builds of this name have had, build by build. */
    public synchronized List<List<BuildState>> states(BuildName name) {
        return builds.values().stream()
                .filter(b -> b.name.equals(name))
                .map(b -> List.copyOf(b.states))
                .toList();
    }

    public synchronized byte[] file(String directory, String name) {
        ByteArrayOutputStream content = files.get(directory + "/" + name);
        if (content == null) {
            throw new AssertionError("not sent: " + directory + "/" + name + ", only " + files.keySet());
        }
        return content.toByteArray();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Element call = parse(exchange.getRequestBody());
            String method = text(child(call, "methodName"));
            List<Object> parameters = new ArrayList<>();
            for (Element parameter : children(child(call, "params"))) {
                parameters.add(value(child(parameter, "value")));
            }
            Hold held;
            synchronized (this) {
                calls.merge(method, 1, Integer::sum);
                held = held(method);
            }
            if (held != null && !held.goesOn(Where.BEFORE_THE_CALL)) {
                return;
            }
            String reply;
            boolean lost;
            synchronized (this) {
                reply = reply(method, parameters, exchange);
                lost = repliesToLose.getOrDefault(method, 0) > 0;
                if (lost) {
                    repliesToLose.merge(method, -1, Integer::sum);
                }
            }
            if (held != null && !held.goesOn(Where.BEFORE_THE_REPLY)) {
                return;
            }
            if (!lost) {
                byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "text/xml");
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        } catch (ParserConfigurationException | SAXException e) {
            exchange.sendResponseHeaders(400, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String reply(String method, List<Object> parameters, HttpExchange exchange) {
        String head = "<?xml version='1.0'?><methodResponse>";
        try {
            sessions.check(method, exchange);
            return head + "<params><param><value>" + xml(carryOut(method, parameters))
                    + "</value></param></params></methodResponse>";
        } catch (Fault e) {
            return head + "<fault><value>"
                    + xml(Map.of("faultCode", e.code, "faultString", String.valueOf(e.getMessage())))
                    + "</value></fault></methodResponse>";
        }
    }

    private @Nullable Object carryOut(String method, List<Object> p) throws Fault {
        return switch (method) {
            case "login" -> sessions.begin(p);
            case "CGInitBuild" -> begin(name((Map<?, ?>) p.get(1)));
            case "getBuild" -> shown(p.get(0) instanceof Map<?, ?> m ? newest(name(m)) : builds.get(number(p.get(0))));
            case "cancelBuild" -> end(build(number(p.get(0))), BuildState.CANCELED);
            case "uploadFile" -> upload(p);
            case "CGImport" -> complete((Map<?, ?>) p.get(0), (String) p.get(1), (String) p.get(2));
            case "CGRefundBuild" -> {
                Build build = build(number(p.get(1)));
                check(build.token.equals(p.get(2)), "wrong token");
                check(number(p.get(3)) == BuildState.FAILED.number(), "wrong state");
                yield end(build, BuildState.FAILED);
            }
            default -> throw new Fault("Invalid method: " + method);
        };
    }

    private Map<String, Object> begin(BuildName name) throws Fault {
        Build there = newest(name);
        check(
                there == null || there.state() == BuildState.FAILED || there.state() == BuildState.CANCELED,
                "Build already exists: " + name);
        Build build = new Build(builds.size() + 1L, name);
        builds.put(build.id, build);
        return Map.of("build_id", build.id, "token", build.token);
    }

    private @Nullable Build newest(BuildName name) {
        Build newest = null;
        for (Build build : builds.values()) {
            newest = build.name.equals(name) ? build : newest;
        }
        return newest;
    }

    private Build build(long id) throws Fault {
        Build build = builds.get(id);
        if (build == null) {
            throw new Fault("No such build: " + id);
        }
        return build;
    }

    private static @Nullable Map<String, Object> shown(@Nullable Build build) {
        return build == null
                ? null
                : Map.of(
                        "id", build.id,
                        "name", build.name.name(),
                        "version", build.name.version(),
                        "release", build.name.release(),
                        "state", build.state().number());
    }

    private static boolean end(Build build, BuildState state) throws Fault {
        check(build.state() == BuildState.BUILDING, "build " + build.id + " is " + build.state());
        build.states.add(state);
        return true;
    }

    private boolean upload(List<Object> p) throws Fault {
        byte[] data = (byte[]) p.get(5);
        check(number(p.get(2)) == data.length, "wrong size");
        check(Sums.md5(data).equals(p.get(3)), "wrong checksum");
        ByteArrayOutputStream file =
                files.computeIfAbsent(p.get(0) + "/" + p.get(1), name -> new ByteArrayOutputStream());
        if (number(p.get(4)) == 0) {
            file.reset();
        }
        check(file.size() == number(p.get(4)), "wrong offset");
        file.writeBytes(data);
        return true;
    }

    /** Takes only metadata that fits the files that were sent. */
    private Map<String, Object> complete(Map<?, ?> metadata, String directory, String token) throws Fault {
        Map<?, ?> described = (Map<?, ?>) metadata.get("build");
        Build build = build(number(described.get("build_id")));
        check(build.token.equals(token), "wrong token");
        check(name(described).equals(build.name), "wrong name");
        for (Object o : (List<?>) metadata.get("output")) {
            Map<?, ?> output = (Map<?, ?>) o;
            ByteArrayOutputStream file = files.get(directory + "/" + output.get("filename"));
            check(file != null, "no file " + output.get("filename"));
            check(file.size() == number(output.get("filesize")), "wrong size");
            check(Sums.md5(file.toByteArray()).equals(output.get("checksum")), "wrong checksum");
        }
        end(build, BuildState.COMPLETE);
        build.metadata = metadata;
        build.directory = directory;
        imports.merge(build.name, 1, Integer::sum);
        return Map.of("id", build.id);
    }

    private static BuildName name(Map<?, ?> m) {
        return new BuildName((String) m.get("name"), (String) m.get("version"), (String) m.get("release"));
    }

    private static long number(Object value) {
        return ((Number) value).longValue();
    }

    private static void check(boolean holds, String otherwise) throws Fault {
        if (!holds) {
            throw new Fault(otherwise);
        }
    }

    // ---- XML

    private static Element parse(InputStream in) throws ParserConfigurationException, SAXException, IOException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(in).getDocumentElement();
    }

    private static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element e) {
                children.add(e);
            }
        }
        return children;
    }

    private static Element child(Element parent, String name) {
        return children(parent).stream()
                .filter(e -> e.getTagName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no <" + name + "> in <" + parent.getTagName() + ">"));
    }

    private static String text(Element element) {
        return element.getTextContent();
    }

    private static Object value(Element value) {
        if (children(value).isEmpty()) {
            return text(value);
        }
        Element typed = children(value).get(0);
        return switch (typed.getTagName()) {
            case "string" -> text(typed);
            case "int", "i4", "i8" -> Long.parseLong(text(typed));
            case "boolean" -> text(typed).equals("1");
            case "base64" -> Base64.getMimeDecoder().decode(text(typed));
            case "array" ->
                children(child(typed, "data")).stream().map(TestHub::value).toList();
            case "struct" -> {
                Map<String, Object> struct = new LinkedHashMap<>();
                for (Element member : children(typed)) {
                    struct.put(text(child(member, "name")), value(child(member, "value")));
                }
                yield struct;
            }
            default -> throw new AssertionError("a value of type " + typed.getTagName());
        };
    }

    private static String xml(@Nullable Object value) {
        if (value == null) {
            return "<nil/>";
        }
        if (value instanceof Boolean b) {
            return "<boolean>" + (b ? 1 : 0) + "</boolean>";
        }
        if (value instanceof Number) {
            return "<int>" + value + "</int>";
        }
        if (value instanceof Map<?, ?> map) {
            StringBuilder struct = new StringBuilder("<struct>");
            map.forEach((name, member) -> struct.append("<member><name>")
                    .append(name)
                    .append("</name><value>")
                    .append(xml(member))
                    .append("</value></member>"));
            return struct.append("</struct>").toString();
        }
        return "<string>" + value.toString().replace("&", "&amp;").replace("<", "&lt;") + "</string>";
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
