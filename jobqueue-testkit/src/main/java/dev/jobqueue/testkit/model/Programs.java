package dev.jobqueue.testkit.model;

import dev.jobqueue.testkit.model.Operation.Cancel;
import dev.jobqueue.testkit.model.Operation.Claim;
import dev.jobqueue.testkit.model.Operation.ClaimById;
import dev.jobqueue.testkit.model.Operation.Finish;
import dev.jobqueue.testkit.model.Operation.FinishPending;
import dev.jobqueue.testkit.model.Operation.Heartbeat;
import dev.jobqueue.testkit.model.Operation.Insert;
import dev.jobqueue.testkit.model.Operation.Report;
import dev.jobqueue.testkit.model.Sketch.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;
import net.jqwik.api.Tuple;

/**
 * Random programs. The only class that makes values with jqwik.
 *
 * <p>Everything shrinks to the left: fewer operations, fewer items, the first sample of each list.
 */
final class Programs {
    private static final int LONGEST = 50;

    private Programs() {}

    static Arbitrary<Program> all() {
        RandomGenerator<Operation> operations = operation().generator(1_000);
        return Arbitraries.fromGenerator(random -> new ShrinkableProgram(Stream.generate(() -> operations.next(random))
                .limit(1 + random.nextInt(LONGEST))
                .toList()));
    }

    /**
     * A program that shrinks first by leaving out operations, many at once or single ones, the last first, and then by shrinking single operations.
     * The lists of jqwik do it the other way round, and run out of steps before the program is short.
     */
    private record ShrinkableProgram(List<Shrinkable<Operation>> operations) implements Shrinkable<Program> {
        @Override
        public Program value() {
            return new Program(operations.stream().map(Shrinkable::value).toList());
        }

        @Override
        public Stream<Shrinkable<Program>> shrink() {
            int size = operations.size();
            Stream<Shrinkable<Program>> shorter = IntStream.iterate(
                            size / 2, length -> length > 0, length -> length / 2)
                    .boxed()
                    .flatMap(length -> IntStream.iterate(size - length, start -> start >= 0, start -> start - length)
                            .mapToObj(start -> without(start, length)));
            Stream<Shrinkable<Program>> simpler = IntStream.range(0, size)
                    .boxed()
                    .flatMap(index -> operations.get(index).shrink().map(operation -> with(index, operation)));
            return Stream.concat(shorter, simpler);
        }

        private ShrinkableProgram without(int start, int length) {
            List<Shrinkable<Operation>> rest = new ArrayList<>(operations);
            rest.subList(start, start + length).clear();
            return new ShrinkableProgram(rest);
        }

        private ShrinkableProgram with(int index, Shrinkable<Operation> operation) {
            List<Shrinkable<Operation>> changed = new ArrayList<>(operations);
            changed.set(index, operation);
            return new ShrinkableProgram(changed);
        }

        @Override
        public ShrinkingDistance distance() {
            return ShrinkingDistance.forCollection(operations);
        }
    }

    private static Arbitrary<Operation> operation() {
        Arbitrary<Integer> step = index(Samples.STEPS);
        Arbitrary<Integer> time = index(Samples.TIMES);
        Arbitrary<Integer> max = Arbitraries.of(1_000, 1, 2);
        return Arbitraries.frequencyOf(
                Tuple.of(8, few(graph(3)).map(Insert::new)),
                Tuple.of(
                        8,
                        Combinators.combine(mostlyFirst(Samples.SELECTORS), few(slot()))
                                .as(Claim::new)),
                Tuple.of(2, Combinators.combine(job(), slot()).as(ClaimById::new)),
                Tuple.of(6, few(finish()).map(Finish::new)),
                Tuple.of(1, few(token()).map(Heartbeat::new)),
                Tuple.of(
                        1,
                        Combinators.combine(few(token()), index(Samples.JSON)).as(Report::new)),
                Tuple.of(2, few(cancel()).map(Cancel::new)),
                Tuple.of(1, few(finishPending()).map(FinishPending::new)),
                Tuple.of(
                        3,
                        Combinators.combine(mostlyFirst(Samples.TIMES), max, index(Samples.JITTERS), flag())
                                .as(Operation.Expire::new)),
                Tuple.of(1, Combinators.combine(time, max).as(Operation.Prune::new)),
                Tuple.of(1, job().map(Operation.Delete::new)),
                Tuple.of(1, index(Samples.SCOPES).map(Operation.Pause::new)),
                Tuple.of(
                        2,
                        Combinators.combine(Arbitraries.of(true, true, false), index(Samples.SCOPES))
                                .as(Operation.Resume::new)),
                Tuple.of(1, index(Samples.SELECTORS).map(Operation.Demand::new)),
                Tuple.of(4, step.map(Operation.Advance::new)),
                Tuple.of(1, Combinators.combine(step, flag()).as(Operation.StepWall::new)),
                Tuple.of(1, Arbitraries.just(new Operation.Reopen())));
    }

    private static Arbitrary<Sketch.Graph> graph(int most) {
        Arbitrary<Sketch.Repeat> repeat = Combinators.combine(upTo(20), Arbitraries.of(false, false, true))
                .as(Sketch.Repeat::new);
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(7, Arbitraries.just(List.<Sketch.Repeat>of())),
                                Tuple.of(1, repeat.list().ofMinSize(1).ofMaxSize(2))),
                        newJob().list().ofMaxSize(most))
                .as(Sketch.Graph::new);
    }

    private static Arbitrary<Sketch.OfJob> newJob() {
        return Combinators.combine(
                        mostlyFirst(Samples.TYPES),
                        mostlyFirst(Samples.CHANNELS),
                        index(Samples.JSON),
                        Arbitraries.frequencyOf(
                                Tuple.of(1, Arbitraries.just(List.<Sketch.Edge>of())),
                                Tuple.of(1, edge().list().ofMinSize(1).ofMaxSize(4))),
                        options())
                .as(Sketch.OfJob::new);
    }

    private static Arbitrary<Sketch.Edge> edge() {
        Arbitrary<Pick.Jobs> which = Arbitraries.frequency(
                Tuple.of(20, Pick.Jobs.STORED),
                Tuple.of(10, Pick.Jobs.RUNNING),
                Tuple.of(10, Pick.Jobs.PENDING),
                Tuple.of(1, Pick.Jobs.ANY),
                Tuple.of(1, Pick.Jobs.UNKNOWN));
        return Combinators.combine(flag(), Combinators.combine(which, upTo(20)).as(Pick.OfJob::new), flag())
                .as(Sketch.Edge::new);
    }

    private static Arbitrary<Sketch.Options> options() {
        Arbitrary<Integer> time =
                Arbitraries.frequencyOf(Tuple.of(3, Arbitraries.just(0)), Tuple.of(1, index(Samples.TIMES)));
        return Combinators.combine(
                        mostlyFirst(Samples.PRIORITIES),
                        Arbitraries.of(0, 0, 0, 1, 2),
                        time,
                        flag(),
                        index(Samples.TIMES),
                        upTo(2),
                        index(Samples.BACKOFFS),
                        upTo(2))
                .as(Sketch.Options::new);
    }

    private static Arbitrary<Finish.End> finish() {
        Arbitrary<Sketch.Graph> followUps = Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.just(new Sketch.Graph(List.of(), List.of()))), Tuple.of(1, graph(2)));
        return Combinators.combine(token(), outcome(Kind.values()), index(Samples.JITTERS), followUps)
                .as(Finish.End::new);
    }

    private static Arbitrary<Sketch.Outcome> outcome(Kind... kinds) {
        return Combinators.combine(Arbitraries.of(kinds), upTo(6)).as(Sketch.Outcome::new);
    }

    private static Arbitrary<Cancel.Target> cancel() {
        return Combinators.combine(job(), index(Samples.TEXTS), flag()).as(Cancel.Target::new);
    }

    private static Arbitrary<FinishPending.PendingEnd> finishPending() {
        Arbitrary<Sketch.Outcome> outcome =
                outcome(Kind.SUCCEEDED, Kind.FAILED, Kind.FAILED_FOR_GOOD, Kind.FAILED_WITH_RESULT);
        return Combinators.combine(job(), outcome).as(FinishPending.PendingEnd::new);
    }

    private static Arbitrary<Pick.OfJob> job() {
        Arbitrary<Pick.Jobs> which = Arbitraries.frequency(
                Tuple.of(8, Pick.Jobs.STORED),
                Tuple.of(4, Pick.Jobs.READY),
                Tuple.of(4, Pick.Jobs.RUNNING),
                Tuple.of(4, Pick.Jobs.PENDING),
                Tuple.of(1, Pick.Jobs.ANY),
                Tuple.of(1, Pick.Jobs.UNKNOWN));
        return Combinators.combine(which, upTo(20)).as(Pick.OfJob::new);
    }

    private static Arbitrary<Pick.OfToken> token() {
        Arbitrary<Pick.Tokens> which = Arbitraries.frequency(
                Tuple.of(6, Pick.Tokens.RUNNING), Tuple.of(3, Pick.Tokens.ANY), Tuple.of(1, Pick.Tokens.UNKNOWN));
        return Combinators.combine(which, upTo(20)).as(Pick.OfToken::new);
    }

    private static Arbitrary<Pick.OfSlot> slot() {
        return Combinators.combine(upTo(20).optional(0.2), index(Samples.WORKERS))
                .as(Pick.OfSlot::new);
    }

    private static <T> Arbitrary<List<T>> few(Arbitrary<T> item) {
        return item.list().ofMinSize(1).ofMaxSize(3);
    }

    private static Arbitrary<Integer> index(List<?> samples) {
        return upTo(samples.size() - 1);
    }

    private static Arbitrary<Integer> mostlyFirst(List<?> samples) {
        return Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.just(0)), Tuple.of(1, upTo(samples.size() - 1)));
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Boolean> flag() {
        return Arbitraries.of(false, true);
    }
}
