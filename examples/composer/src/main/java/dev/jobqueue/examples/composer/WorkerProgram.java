package dev.jobqueue.examples.composer;

import dev.jobqueue.examples.composer.build.ImageBuilder;
import dev.jobqueue.examples.composer.build.OsbuildBuilder;
import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.build.SmallBuilder;
import dev.jobqueue.examples.composer.koji.KojiHub;
import dev.jobqueue.examples.composer.koji.KojiLogin;
import dev.jobqueue.examples.composer.koji.XmlRpcHub;
import dev.jobqueue.examples.composer.worker.Machine;
import dev.jobqueue.examples.composer.worker.ServiceAddress;
import dev.jobqueue.examples.composer.worker.ServiceLogin;
import dev.jobqueue.examples.composer.worker.Steps;
import dev.jobqueue.examples.composer.worker.Worker;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A worker as this machine can run one. */
final class WorkerProgram {
    private static final Duration HUB_PATIENCE = Duration.ofMinutes(1);

    private WorkerProgram() {}

    /**
     * A worker that has not started yet; builds with osbuild where that is installed.
     *
     * @param login what the worker shows the service
     * @param logins who logs in to which hub of koji; to others nobody does
     */
    static Worker worker(
            List<String> services,
            ServiceLogin login,
            Path directory,
            Duration pollInterval,
            Map<URI, KojiLogin> logins) {
        Machine machine = Machine.here();
        ImageBuilder builder = Programs.find("osbuild")
                .<ImageBuilder>map(program -> new OsbuildBuilder(program.toString(), directory.resolve("store")))
                .orElseGet(SmallBuilder::new);
        Worker.Settings settings = settings(services, directory, machine);
        return worker(settings.login(login).pollInterval(pollInterval), builder, logins);
    }

    /** One with this builder. */
    static Worker worker(String service, Path directory, ImageBuilder builder, Machine machine) {
        return worker(settings(List.of(service), directory, machine), builder, Map.of());
    }

    private static Worker.Settings settings(List<String> services, Path directory, Machine machine) {
        List<ServiceAddress> addresses =
                services.stream().map(ServiceAddress::parse).toList();
        return Worker.Settings.of(addresses, directory.resolve("work"), machine);
    }

    private static Worker worker(Worker.Settings settings, ImageBuilder builder, Map<URI, KojiLogin> logins) {
        // A session serves many jobs.
        Map<URI, KojiHub> sessions = new HashMap<>();
        logins.forEach(
                (server, login) -> sessions.put(server, new XmlRpcHub(server, Optional.of(login), HUB_PATIENCE)));
        Steps steps = new Steps(
                builder,
                server -> {
                    KojiHub hub = sessions.get(server);
                    return hub == null ? new XmlRpcHub(server, HUB_PATIENCE) : hub;
                },
                settings.machine(),
                Clock.systemUTC());
        return new Worker(settings, steps);
    }
}
