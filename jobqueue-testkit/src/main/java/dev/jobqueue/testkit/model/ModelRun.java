package dev.jobqueue.testkit.model;

import static java.util.Objects.requireNonNull;

import dev.jobqueue.spi.JobStore;
import dev.jobqueue.testkit.InMemoryJobStore;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One run of a program on the store under test and on the reference store. */
final class ModelRun {
    private final JobStoreModel model;
    private final Program program;
    private final World world = new World();
    private InMemoryJobStore reference = new InMemoryJobStore(world.clock);
    private JobStore tested;
    private boolean reopened;

    private ModelRun(JobStoreModel model, Program program) throws Exception {
        this.model = model;
        this.program = program;
        world.use(reference);
        tested = model.openStore(world.clock);
    }

    /** Runs the program; throws an {@link AssertionError} that names the first difference. */
    static void of(JobStoreModel model, Program program) throws Exception {
        ModelRun run = new ModelRun(model, program);
        try {
            run.run();
        } finally {
            run.model.discard(run.tested);
        }
    }

    private void run() throws Exception {
        String where = "before the first operation";
        int number = 0;
        try {
            compareAll(where);
            for (Operation operation : program.operations()) {
                where = "operation " + ++number + " " + operation;
                run(operation, where);
                compare(where, Snapshot.quick(reference, world), Snapshot.quick(tested, world));
            }
            where = "the end";
            compareAll(where);
        } catch (RuntimeException e) {
            throw new AssertionError("the store failed at " + where + ": " + e + "\n" + program, e);
        }
    }

    private void run(Operation operation, String where) throws Exception {
        if (operation instanceof Operation.Advance advance) {
            world.clock.advance(advance.time());
        } else if (operation instanceof Operation.StepWall step) {
            world.clock.stepWall(world.wallStep(step.time()));
        } else if (operation instanceof Operation.Reopen) {
            reopen(where);
        } else if (operation instanceof Operation.OnStore onStore) {
            Function<JobStore, Object> call = onStore.resolve(world);
            Object expected = call.apply(reference);
            Object actual = call.apply(tested);
            if (!Answers.same(expected, actual)) {
                throw difference("the answer to " + where, expected, actual);
            }
        }
    }

    private void reopen(String where) throws Exception {
        compareAll("what was there at " + where);
        Optional<JobStore> again = model.reopen(tested, world.clock);
        if (again.isPresent()) {
            tested = again.get();
            reference = reference.reopen();
            world.use(reference);
            reopened = true;
            compareAll(where);
        }
    }

    private void compareAll(String where) {
        compare(where, Snapshot.full(reference, world), Snapshot.full(tested, world));
    }

    private void compare(String where, Map<String, Object> expected, Map<String, Object> actual) {
        expected.forEach((question, answer) -> {
            Object given = requireNonNull(actual.get(question), question);
            // Demand need not survive a restart, and may.
            boolean open = reopened && question.startsWith("demand") && answer.equals(Optional.empty());
            if (!open && !Answers.same(answer, given)) {
                throw difference(question + " after " + where, answer, given);
            }
        });
    }

    private AssertionError difference(String what, Object expected, Object actual) {
        return new AssertionError(what + " differs from the reference store"
                + "\nexpected: " + expected
                + "\n but was: " + actual
                + "\nin " + program);
    }
}
