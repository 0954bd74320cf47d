package dev.jobqueue.testkit.model;

import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.sessions.JqwikSession;

/** Runs the model suite from a test, with a fixed seed, and shrinks what fails. */
final class ModelCheck {
    private static final int MOST_SHRINKING_STEPS = 2_000;

    private ModelCheck() {}

    record Failure(Program program, AssertionError error) {}

    /** The shortest failing program that a plain descent finds, if one of these programs fails. */
    static Optional<Failure> firstFailure(JobStoreModel model, long seed, int programs) {
        Failure[] found = new Failure[1];
        JqwikSession.run(() -> {
            var generator = Programs.all().generator(1_000);
            Random random = new Random(seed);
            for (int i = 0; i < programs && found[0] == null; i++) {
                Shrinkable<Program> program = generator.next(random);
                if (failure(model, program.value()).isPresent()) {
                    Program shortest = shrink(model, program);
                    found[0] = new Failure(shortest, failure(model, shortest).orElseThrow());
                }
            }
        });
        return Optional.ofNullable(found[0]);
    }

    private static Program shrink(JobStoreModel model, Shrinkable<Program> failing) {
        Shrinkable<Program> best = failing;
        for (int left = MOST_SHRINKING_STEPS; left > 0; ) {
            Shrinkable<Program> current = best;
            int[] steps = {left};
            Optional<Shrinkable<Program>> better = current.shrink()
                    .takeWhile(next -> steps[0]-- > 0)
                    .filter(next -> next.distance().compareTo(current.distance()) < 0)
                    .filter(next -> failure(model, next.value()).isPresent())
                    .findFirst();
            left = steps[0];
            if (better.isEmpty()) {
                break;
            }
            best = better.get();
        }
        return best.value();
    }

    private static Optional<AssertionError> failure(JobStoreModel model, Program program) {
        try {
            ModelRun.of(model, program);
            return Optional.empty();
        } catch (AssertionError e) {
            return Optional.of(e);
        } catch (Exception e) {
            throw new IllegalStateException("a program could not run", e);
        }
    }
}
