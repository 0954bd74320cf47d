package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The jobs of a compose as a drawing, made twice: for wide pages and for narrow ones.
 *
 * @param jobs in the order of the numbers in the drawings
 */
record GraphView(List<JobView> jobs, List<Variant> variants) {
    private static final Drawing.Sizes WIDE = new Drawing.Sizes(192, 56, 64, 16, 1080);
    private static final Drawing.Sizes NARROW = new Drawing.Sizes(88, 66, 20, 10, 312);

    /** A drawing, and the name of its class. */
    record Variant(String name, Drawing drawing) {}

    /** Of jobs in such an order that each one comes after those that it needs. */
    static GraphView of(List<JobView> jobs) {
        Map<JobId, Integer> numbers = new HashMap<>();
        jobs.forEach(job -> numbers.put(job.id(), numbers.size()));
        Blocks blocks = Blocks.of(jobs.stream()
                .map(job -> job.dependencies().stream()
                        .filter(numbers::containsKey)
                        .map(numbers::get)
                        .toList())
                .toList());
        return new GraphView(
                jobs,
                List.of(
                        new Variant("wide", Drawing.of(blocks, WIDE)),
                        new Variant("narrow", Drawing.of(blocks, NARROW))));
    }
}
