package dev.jobqueue.examples.composer.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jobqueue.examples.composer.hostile.RawHttp.Answer;
import dev.jobqueue.examples.composer.http.TestAuthority;
import dev.jobqueue.examples.composer.tls.Identity;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;

/** What an attacker knows and can do: tenant "mallory", who has seen tokens and composes of tenant "victim". Thread-safe. */
final class Attack {
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get");

    private final RawHttp worker;
    private final RawHttp compose;
    private final List<RawHttp> certificates = new ArrayList<>();
    private final String login;
    private final List<String> badLogins = new ArrayList<>();
    private final List<String> foreignRuns;
    private final List<String> foreignComposes;

    Attack(Target target, List<String> foreignRuns, List<String> foreignComposes, Path directory)
            throws IOException, GeneralSecurityException {
        this.foreignRuns = foreignRuns;
        this.foreignComposes = foreignComposes;
        worker = new RawHttp(SocketFactory.getDefault(), target.workerPort());
        compose = new RawHttp(SocketFactory.getDefault(), target.composePort());
        login = bearer(target.issuer.token("mallory"));
        badLogins.add("");
        badLogins.add(bearer(target.issuer.withWrongKey("victim")));
        badLogins.add(bearer(target.issuer.unsigned("victim")));
        target.issuer.withPublicKeyAsSecret("victim").forEach(token -> badLogins.add(bearer(token)));
        badLogins.add(bearer(target.issuer.token(claims -> claims.claim("org_id", "victim")
                .expirationTime(Date.from(Instant.now().minusSeconds(60))))));
        badLogins.add(bearer(target.issuer.token("victim")) + bearer(target.issuer.token("mallory")));
        badLogins.add("Authorization: Basic dmljdGltOg==\r\n");
        TestAuthority other = new TestAuthority(Files.createDirectory(directory.resolve("mallory")));
        for (Identity identity : List.of(
                other.identity("CN=builder, O=victim", ""),
                target.authority.identity(
                        "CN=builder, O=victim", "", Instant.now().minusSeconds(60)),
                target.authority.identity("CN=mallory, O=victim", "mallory.example.com"))) {
            certificates.add(
                    new RawHttp(target.authority.client(identity).getSocketFactory(), target.certificatePort()));
        }
        certificates.add(new RawHttp(target.authority.client().getSocketFactory(), target.certificatePort()));
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token + "\r\n";
    }

    /** What is done; each kind says by which statuses it may be answered, 0 for a cut. */
    enum Kind {
        RANDOM_BYTES("0|400|431"),
        MUTATED_REQUEST("0|[234].."),
        ODD_PATH("0|4.."),
        ODD_METHOD("0|[234].."),
        ODD_QUERY("200|400"),
        WRONG_TYPES("[24].."),
        HUGE_HEADERS("0|431"),
        HUGE_BODY("0|413"),
        BROKEN_BODY("0|400"),
        SLOW_BODY("0|400|408"),
        DRIPPING_BODY("0|400|408"),
        FOREIGN_TOKEN("404"),
        FOREIGN_COMPOSE("404"),
        BAD_LOGIN("401"),
        BAD_CERTIFICATE("0|401"),
        ORDINARY("2..|429");

        private final String expected;

        Kind(String expected) {
            this.expected = expected;
        }

        boolean expects(int status) {
            return Integer.toString(status).matches(expected);
        }
    }

    /** Makes one request of this kind. */
    Answer make(Kind kind, Junk junk) throws IOException {
        return switch (kind) {
            case RANDOM_BYTES -> any(junk).send(out -> out.write(junk.bytes(2_000)));
            case MUTATED_REQUEST -> {
                boolean toWorker = junk.below(2) == 0;
                byte[] bytes = junk.mutated(
                        toWorker
                                ? request("POST", Target.WORKER_BASE + "/jobs", login, Target.ASK)
                                : request("POST", Target.COMPOSE_BASE + "/compose", login, Target.COMPOSE));
                yield (toWorker ? worker : compose).send(out -> out.write(bytes));
            }
            case ODD_PATH -> oddPath(junk);
            case ODD_METHOD -> {
                String method = junk.of(METHODS);
                yield worker.send(text(request(
                        method,
                        Target.WORKER_BASE + junk.of(List.of("/jobs", "/status", "/nothing")),
                        login,
                        Target.ASK)));
            }
            case ODD_QUERY -> {
                String value =
                        junk.of(List.of("-1", "0", "2147483647", "2147483648", "x", "1e9", "%00", "", "-2147483648"));
                yield compose.send(text(request(
                        "GET",
                        Target.COMPOSE_BASE + junk.of(List.of("/composes", "/errors")) + "?page=" + value + "&size="
                                + junk.of(List.of("0", "-1", "7", "99999999999", "a")),
                        login,
                        "")));
            }
            case WRONG_TYPES -> wrongTypes(junk);
            case HUGE_HEADERS ->
                any(junk).send(out -> {
                    out.write(("GET " + Target.WORKER_BASE + "/status HTTP/1.1\r\nHost: a\r\n").getBytes(UTF_8));
                    for (int i = 0; i < 400; i++) {
                        out.write(("X-" + i + ": " + "y".repeat(100) + "\r\n").getBytes(UTF_8));
                    }
                    out.write("\r\n".getBytes(UTF_8));
                });
            case HUGE_BODY -> hugeBody(junk);
            case BROKEN_BODY -> brokenBody(junk);
            case SLOW_BODY -> {
                String path = junk.of(List.of("/jobs", "/workers", "/jobs/" + junk.uuid()));
                String head = head(path.length() > 10 ? "PATCH" : "POST", Target.WORKER_BASE + path, login, 5_000);
                yield worker.send(text(head + "{\"types\":"));
            }
            case DRIPPING_BODY -> drippingBody(junk);
            case FOREIGN_TOKEN -> foreignToken(junk);
            case FOREIGN_COMPOSE -> {
                String path = "/composes/" + junk.of(foreignComposes);
                yield compose.send(text(
                        junk.below(3) == 0
                                ? request("DELETE", Target.COMPOSE_BASE + path, login, "")
                                : request(
                                        "GET",
                                        Target.COMPOSE_BASE
                                                + path
                                                + junk.of(List.of("", "/logs", "/manifests", "/metadata")),
                                        login,
                                        "")));
            }
            case BAD_LOGIN -> badLogin(junk);
            case BAD_CERTIFICATE ->
                junk.of(certificates)
                        .send(text(
                                request("GET", Target.COMPOSE_BASE + "/composes/" + junk.of(foreignComposes), "", "")));
            case ORDINARY -> ordinary(junk);
        };
    }

    private RawHttp any(Junk junk) {
        return junk.below(2) == 0 ? worker : compose;
    }

    private Answer oddPath(Junk junk) throws IOException {
        String path = junk.path();
        return switch (junk.below(4)) {
            case 0 -> worker.send(text(request("GET", Target.WORKER_BASE + path + "/no", login, "")));
            case 1 -> compose.send(text(request("GET", Target.COMPOSE_BASE + "/composes" + path + "/no", login, "")));
            case 2 ->
                worker.send(text(request(
                        "PUT",
                        Target.WORKER_BASE + "/jobs/" + junk.uuid() + "/artifacts/" + junk.segment(),
                        login,
                        "an artifact")));
            default ->
                worker.send(text(
                        request("POST", Target.WORKER_BASE + "/workers/" + junk.segment() + "/status", login, "")));
        };
    }

    private Answer wrongTypes(Junk junk) throws IOException {
        String koji = "{\"server\":\"https://koji\",\"name\":\"a\",\"version\":\"1\",\"release\":\"1\",\"task_id\":7}";
        return switch (junk.below(5)) {
            case 0 -> post(worker, Target.WORKER_BASE + "/jobs", junk.spoilt(Target.ASK));
            case 1 -> post(worker, Target.WORKER_BASE + "/workers", junk.spoilt("{\"arch\":\"a\",\"name\":\"b\"}"));
            case 2 -> post(compose, Target.COMPOSE_BASE + "/compose", junk.spoilt(Target.COMPOSE));
            case 3 ->
                post(
                        compose,
                        Target.COMPOSE_BASE + "/compose",
                        junk.spoilt(Target.COMPOSE.replaceFirst("}$", ",\"koji\":" + koji + "}")));
            default ->
                worker.send(text(request("PATCH", Target.WORKER_BASE + "/jobs/" + junk.uuid(), login, junk.json(0))));
        };
    }

    private Answer post(RawHttp http, String path, String body) throws IOException {
        return http.send(text(request("POST", path, login, body)));
    }

    private Answer hugeBody(Junk junk) throws IOException {
        boolean announced = junk.below(2) == 0;
        String path = Target.COMPOSE_BASE + "/compose";
        return compose.send(out -> {
            int bytes = 1 << 20;
            out.write((announced
                            ? head("POST", path, login, bytes)
                            : head("POST", path, login, -1).replace("Content-Length: -1", "Transfer-Encoding: chunked"))
                    .getBytes(UTF_8));
            byte[] part = " ".repeat(1 << 14).getBytes(UTF_8);
            for (int sent = 0; sent < bytes; sent += part.length) {
                if (!announced) {
                    out.write((Integer.toHexString(part.length) + "\r\n").getBytes(UTF_8));
                }
                out.write(part);
                if (!announced) {
                    out.write("\r\n".getBytes(UTF_8));
                }
            }
            if (!announced) {
                out.write("0\r\n\r\n".getBytes(UTF_8));
            }
        });
    }

    /** A request that would be fine, byte by byte, for a minute if nobody cuts it. */
    private Answer drippingBody(Junk junk) throws IOException {
        String path = Target.COMPOSE_BASE + "/compose";
        byte[] body = (Target.COMPOSE.replaceFirst("}$", "") + " ".repeat(1_000) + "}").getBytes(UTF_8);
        return compose.send(out -> {
            out.write(head("POST", path, login, body.length).getBytes(UTF_8));
            for (byte one : body) {
                out.write(one);
                pause(20 + junk.below(60));
            }
        });
    }

    private static void pause(int millis) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private Answer brokenBody(Junk junk) throws IOException {
        String chunked = head("POST", Target.WORKER_BASE + "/jobs", login, -1)
                .replace("Content-Length: -1", "Transfer-Encoding: chunked");
        String body =
                junk.of(List.of("zz\r\nabc\r\n", "ffffffffffffffff\r\na", "-1\r\n\r\n", "5\r\nabc", "0\r\n\r\nGET"));
        return junk.below(2) == 0
                ? worker.send(text(chunked + body))
                : worker.send(text(head("POST", Target.WORKER_BASE + "/jobs", login, 3)
                                .replace(
                                        "Content-Length: 3",
                                        "Content-Length: "
                                                + junk.of(List.of("-5", "x", "99999999999999999999", "3, 4")))
                        + "abc"));
    }

    private Answer foreignToken(Junk junk) throws IOException {
        String run = Target.WORKER_BASE + junk.of(foreignRuns);
        return worker.send(text(
                switch (junk.below(4)) {
                    case 0 -> request("GET", run, login, "");
                    case 1 -> request("PATCH", run, login, "{\"result\":{\"osbuild_output\":{\"success\":true}}}");
                    case 2 -> request("PATCH", run, login, "{\"partial\":{\"done\":1}}");
                    default -> request("PUT", run + "/artifacts/image.tar", login, "not the image");
                }));
    }

    private Answer badLogin(Junk junk) throws IOException {
        String bad = junk.of(badLogins);
        return switch (junk.below(4)) {
            case 0 -> worker.send(text(request("POST", Target.WORKER_BASE + "/jobs", bad, Target.ASK)));
            case 1 -> worker.send(text(request("GET", Target.WORKER_BASE + junk.of(foreignRuns), bad, "")));
            case 2 -> compose.send(text(request("GET", Target.COMPOSE_BASE + "/composes", bad, "")));
            default -> compose.send(text(request("POST", Target.COMPOSE_BASE + "/compose", bad, Target.COMPOSE)));
        };
    }

    private Answer ordinary(Junk junk) throws IOException {
        return switch (junk.below(5)) {
            case 0 -> post(worker, Target.WORKER_BASE + "/jobs", Target.ASK);
            case 1 -> post(compose, Target.COMPOSE_BASE + "/compose", Target.COMPOSE);
            case 2 -> post(worker, Target.WORKER_BASE + "/workers", "{\"arch\":\"x86_64\"}");
            case 3 -> worker.send(text(request("GET", Target.WORKER_BASE + "/status", "", "")));
            default -> compose.send(text(request("GET", Target.COMPOSE_BASE + "/composes?size=3", login, "")));
        };
    }

    private static RawHttp.Content text(String text) {
        return out -> write(out, text);
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(text.chars().allMatch(c -> c < 256) ? ISO_8859_1 : UTF_8));
    }

    private static String head(String method, String path, String login, int length) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + login
                + "Content-Type: application/json\r\nConnection: close\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static String request(String method, String path, String login, String body) {
        return head(method, path, login, body.getBytes(UTF_8).length) + body;
    }
}
