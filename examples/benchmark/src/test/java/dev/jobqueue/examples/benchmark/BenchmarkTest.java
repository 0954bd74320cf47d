package dev.jobqueue.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each measurement runs to its end, on a small scale. */
class BenchmarkTest {
    @TempDir
    Path directory;

    private int run(String... args) {
        return Benchmark.run(args);
    }

    @Test
    void history() {
        assertThat(run("history", "--finished=3000", "--ready=2000", "--rounds=1", "--dir=" + directory))
                .isZero();
    }

    @Test
    void graphs() {
        assertThat(run("graphs", "--jobs=3000", "--dir=" + directory)).isZero();
    }

    @Test
    void runtime() {
        assertThat(run("runtime", "--jobs=3000", "--starts=20", "--rounds=1", "--dir=" + directory))
                .isZero();
    }

    @Test
    void runtimeOnPostgres() {
        assertThat(run("runtime", "--postgres", "--jobs=2000", "--starts=20", "--rounds=1", "--dir=" + directory))
                .isZero();
    }

    @Test
    void postgres() {
        assertThat(run(
                        "postgres",
                        "--contenders=raw,queue,db-scheduler",
                        "--rounds=1",
                        "--seconds=0.1",
                        "--only=1,single,batch",
                        "--samples=5",
                        "--finished=2000",
                        "--others=2000",
                        "--width=200",
                        "--cascade=1000"))
                .isZero();
    }

    @Test
    @Tag("slow")
    void postgresBesideJobRunr() {
        assertThat(run("postgres", "--rounds=1", "--seconds=0.1", "--sections=rates", "--only=1,single"))
                .isZero();
    }

    @Test
    @Tag("slow")
    void throughput() {
        assertThat(run("--seconds=0.2", "--rounds=1", "--dir=" + directory)).isZero();
    }

    @Test
    @Tag("slow")
    void retained() {
        assertThat(run("retained", "--jobs=100000", "--heap=64m", "--dir=" + directory))
                .isZero();
    }
}
