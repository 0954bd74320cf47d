package dev.jobqueue.examples.composer.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jobqueue.examples.composer.build.Programs;
import dev.jobqueue.examples.composer.koji.TestHub;
import dev.jobqueue.postgres.server.LocalServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two services and three workers over one database; one program is killed in the middle of many composes for koji. All end right, each koji build is imported once, and the artifacts are whole.
 *
 * <p>{@code -Dcomposer.composes=N} sets how many composes there are, a few otherwise.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterKillTest {
    private static final int COMPOSES = Integer.getInteger("composer.composes", 6);

    @TempDir
    static Path directory;

    private LocalServer server;
    private TestHub hub;
    private Cluster cluster;
    private Composes composes;

    /** What is killed. A database is started again at once; without the others the rest goes on until all composes have ended. */
    private enum Victim {
        A_SERVICE {
            @Override
            void kill(ClusterKillTest test) throws Exception {
                test.cluster.killService(0);
            }

            @Override
            void repair(ClusterKillTest test) throws Exception {
                test.cluster.restartService(0);
            }
        },
        A_WORKER {
            @Override
            void kill(ClusterKillTest test) throws Exception {
                test.cluster.killWorker(0);
            }

            @Override
            void repair(ClusterKillTest test) throws Exception {
                test.cluster.restartWorker(0);
            }
        },
        THE_DATABASE {
            @Override
            void kill(ClusterKillTest test) {
                test.server.kill();
                test.server.restart();
            }

            @Override
            void repair(ClusterKillTest test) {}
        };

        abstract void kill(ClusterKillTest test) throws Exception;

        abstract void repair(ClusterKillTest test) throws Exception;
    }

    @BeforeAll
    void start() throws Exception {
        assumeThat(Programs.find("mke2fs"))
                .as("kills are not tested: this machine has no mke2fs of e2fsprogs")
                .isPresent();
        server = LocalServer.start();
        hub = new TestHub();
        cluster = new Cluster(directory, server.url(), 2, 3);
        composes = new Composes(cluster::client, cluster::said);
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster != null) {
            cluster.stop();
        }
        if (hub != null) {
            hub.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @DisplayName("S27, S40, S41: one of many programs is killed, and the others do what is missing")
    void killed(Victim victim) throws Exception {
        String plain = composes.post();
        List<Composes.ForKoji> all = new ArrayList<>();
        for (int i = 0; i < COMPOSES; i++) {
            all.add(composes.post(hub));
        }
        Set<String> ended = new HashSet<>();
        awaitEnded(all, ended, Math.max(1, COMPOSES / 3));
        int before = ended.size();
        assertThat(before).as("there is work left when it is killed").isLessThan(COMPOSES);

        long killed = System.nanoTime();
        victim.kill(this);
        awaitEnded(all, ended, before + 1);
        long first = System.nanoTime();
        awaitEnded(all, ended, COMPOSES);
        long last = System.nanoTime();

        composes.assertSuccess(plain, 1);
        Composes.assertTar(cluster.artifact(plain, "image.tar"));
        for (Composes.ForKoji each : all) {
            composes.assertSuccess(each.id(), 2);
            Composes.assertBuild(each, hub);
        }
        victim.repair(this);
        System.out.printf(
                "%s killed when %d of %d composes had ended: the next one had after %.1f s, all after %.1f s%n",
                victim, before, COMPOSES, (first - killed) / 1e9, (last - killed) / 1e9);
    }

    /** Waits until so many have ended, and notes all that have. */
    private void awaitEnded(List<Composes.ForKoji> all, Set<String> ended, int count) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(10))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> {
                    for (Composes.ForKoji each : all) {
                        if (!ended.contains(each.id()) && composes.hasEnded(each.id())) {
                            ended.add(each.id());
                        }
                    }
                    return ended.size() >= count;
                });
    }
}
