package dev.jobqueue.postgres.server;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server in a folder of its own, from binaries that come as a Maven artifact: nothing need be installed, and root will do. With fsync and
 * synchronous_commit on, as in production.
 *
 * <p>Ended and removed by {@link #close}, and at the end of the JVM at the latest.
 */
public final class LocalServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final Path bin;
    private final Path folder;
    private final int port;
    private final List<String> settings;
    private final Thread atExit;

    private LocalServer(Path bin, Path folder, int port, List<String> settings) {
        this.bin = bin;
        this.folder = folder;
        this.port = port;
        this.settings = settings;
        atExit = new Thread(this::remove, "remove " + folder);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Makes a new, empty server and starts it. */
    public static LocalServer start(String... settings) {
        try {
            Path folder = Files.createTempDirectory("jobqueue-postgres");
            LocalServer server = new LocalServer(Binaries.bin(), folder, freePort(), List.of(settings));
            server.run(
                    "initdb", "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D", server.data());
            server.restart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    public int port() {
        return port;
    }

    /** Where its main database is. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    }

    /** Starts it again after {@link #kill} or {@link #stop}. */
    public void restart() {
        StringBuilder options = new StringBuilder("-p " + port
                + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=on -c synchronous_commit=on -c max_connections=200"
                + " -c shared_buffers=128MB -c log_min_messages=fatal");
        settings.forEach(setting -> options.append(" -c ").append(setting));
        run(
                "pg_ctl",
                "start",
                "-w",
                "-t",
                "60",
                "-D",
                data(),
                "-l",
                folder.resolve("log").toString(),
                "-o",
                options.toString());
    }

    /** Ends the server and all its children at once, as a kill -9 or a crash does. */
    public void kill() {
        ProcessHandle postmaster = postmaster().orElseThrow(() -> new IllegalStateException("the server does not run"));
        // Else it may make a child behind the look at its children, which would wait for ever for a lock of a dead one.
        run(List.of("sh", "-c", "kill -STOP " + postmaster.pid()), folder.resolve("kill.out"));
        List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
        all.add(0, postmaster);
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process ->
                process.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join());
    }

    /** Stops it in order. */
    public void stop() {
        run("pg_ctl", "stop", "-w", "-m", "fast", "-D", data());
    }

    private Optional<ProcessHandle> postmaster() {
        try {
            String pid = Files.readAllLines(folder.resolve("data/postmaster.pid"))
                    .get(0)
                    .strip();
            return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            // The server refuses to run as root; in a user namespace of its own it is somebody else.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(List.of(arguments));
        run(command, folder.resolve(program + ".out"));
    }

    private void run(List<String> command, Path output) {
        try {
            // To a file: a pipe would be inherited by the server and never end.
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(new File("/dev/null"))
                    .start();
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " did not end within " + LIMIT);
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(command + " failed: " + Files.readString(output) + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private String log() throws IOException {
        Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        remove();
    }

    private void remove() {
        if (postmaster().isPresent()) {
            kill();
        }
        try {
            delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
