package dev.jobqueue.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jobqueue.Dependency;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.JobRequest;
import dev.jobqueue.JobType;
import dev.jobqueue.RawJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphOrderTest {
    private static JobRequest<RawJson, RawJson> job() {
        return JobType.raw("t").job(null);
    }

    private static List<JobId> order(List<JobRequest<RawJson, RawJson>> requests) {
        return GraphOrder.of(requests.stream().map(JobRequest::job).toList()).stream()
                .map(Job::id)
                .toList();
    }

    @Test
    @DisplayName("DEQ-1: inside one call list order holds, dependencies first")
    void listOrderDependenciesFirst() {
        JobRequest<RawJson, RawJson> d = job();
        JobRequest<RawJson, RawJson> c = job();
        JobRequest<RawJson, RawJson> a = job();
        JobRequest<RawJson, RawJson> b = job().dependsOn(d, c).dependsOn(JobId.create());

        assertThat(order(List.of(a, b, c, d))).containsExactly(a.id(), d.id(), c.id(), b.id());
    }

    @Test
    @DisplayName("ENQ-2: a cycle is refused and named")
    void refusesCycles() {
        JobRequest<RawJson, RawJson> a = job();
        JobRequest<RawJson, RawJson> b = job().requires(a);
        JobRequest<RawJson, RawJson> cyclic = a.dependsOn(b);

        assertThatExceptionOfType(JobQueueException.Invalid.class)
                .isThrownBy(() -> order(List.of(cyclic, b)))
                .withMessageContaining(a.id().toString())
                .withMessageContaining(b.id().toString());
        assertThatExceptionOfType(JobQueueException.Invalid.class).isThrownBy(() -> order(List.of(a.dependsOn(a), b)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 11, 12})
    @DisplayName("ENQ-2: the message names the first ten jobs of a cycle and its end, and no job that only leads to it")
    void namesTheCycle(int size) {
        JobRequest<RawJson, RawJson> first = job();
        List<JobRequest<RawJson, RawJson>> cycle = new ArrayList<>(List.of(first));
        for (int i = 1; i < size; i++) {
            cycle.add(job().dependsOn(cycle.get(i - 1)));
        }
        cycle.set(0, first.dependsOn(cycle.get(size - 1)));
        List<JobRequest<RawJson, RawJson>> jobs = new ArrayList<>(List.of(job().dependsOn(first)));
        jobs.addAll(cycle);
        List<String> path = new ArrayList<>(List.of(first.id().toString()));
        for (int i = size - 1; i > 0 && path.size() < 10; i--) {
            path.add(cycle.get(i).id().toString());
        }
        if (size > 10) {
            path.add("...");
        }
        path.add(first.id().toString());

        assertThatExceptionOfType(JobQueueException.Invalid.class)
                .isThrownBy(() -> order(jobs))
                .withMessage("the jobs depend on each other in a cycle: " + String.join(" needs ", path));
    }

    @Test
    @DisplayName("DEQ-1: jobs without dependencies, made one after the other, are left as they are")
    void independentJobsAreLeftAsTheyAre() {
        List<Job<RawJson>> jobs = List.of(job().job(), job().job(), job().job());

        assertThat(GraphOrder.of(jobs)).isSameAs(jobs);
    }

    @Test
    @DisplayName("ENQ-2: the same id twice in one call is refused")
    void refusesTheSameIdTwice() {
        JobRequest<RawJson, RawJson> a = job();

        assertThatExceptionOfType(JobQueueException.Invalid.class)
                .isThrownBy(() -> order(List.of(a, a.priority(1))))
                .withMessageContaining("twice");
    }

    @Test
    @DisplayName("DEP-9: a chain of 100,000 jobs in reverse order needs no recursion")
    void deepChains() {
        List<JobRequest<RawJson, RawJson>> chain = new ArrayList<>();
        chain.add(job());
        for (int i = 1; i < 100_000; i++) {
            chain.add(job().dependsOn(chain.get(i - 1)));
        }
        List<JobId> ids = chain.stream().map(JobRequest::id).toList();
        Collections.reverse(chain);

        assertThat(order(chain)).isEqualTo(ids);
    }

    @Property(tries = 200)
    void dependenciesAlwaysComeFirst(@ForAll @IntRange(min = 1, max = 60) int size, @ForAll long seed) {
        Random random = new Random(seed);
        List<JobRequest<RawJson, RawJson>> jobs = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            JobRequest<RawJson, RawJson> next = job();
            for (int edges = random.nextInt(4); i > 0 && edges > 0; edges--) {
                next = next.dependsOn(jobs.get(random.nextInt(i)));
            }
            jobs.add(next);
        }
        Collections.shuffle(jobs, random);

        Set<JobId> seen = new HashSet<>();
        for (Job<RawJson> job : GraphOrder.of(jobs.stream().map(JobRequest::job).toList())) {
            assertThat(seen)
                    .containsAll(job.dependencies().stream().map(Dependency::id).toList());
            seen.add(job.id());
        }
        assertThat(seen).hasSize(size);
    }
}
