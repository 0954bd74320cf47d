package dev.jobqueue.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        assertThat(postgres("--contenders=raw,queue", "--conditions=RARE", "--only=1,single"))
                .isZero();
    }

    @Test
    @Tag("slow")
    void postgresInAllConditionsBesideOthers() {
        assertThat(postgres("--only=1,8,single,batch")).isZero();
    }

    private int postgres(String... args) {
        List<String> all = new ArrayList<>(List.of("postgres", "--rounds=1", "--seconds=0.1", "--samples=5"));
        all.addAll(List.of("--finished=1000", "--others=1000", "--width=200", "--cascade=500"));
        all.addAll(List.of(args));
        return run(all.toArray(String[]::new));
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
