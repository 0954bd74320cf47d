package dev.jobqueue.testkit.junit;

import dev.jobqueue.JobQueue;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a queue of its own in memory, a {@link ManualClock} that is the clock of that queue, and a {@link JobRunner} for both: as parameters
 * of test methods and of methods before and after each test.
 *
 * <pre>{@code
 * @ExtendWith(JobQueueExtension.class)
 * class BuildTest {
 *     @Test
 *     void builds(JobQueue queue, JobRunner runner) throws Exception {
 *         runner.handler(BUILD, context -> build(context.args()));
 *         JobId id = queue.enqueue(BUILD.job(args)).id();
 *         runner.runUntilIdle();
 *         JobAssert.assertThatJob(queue, id).succeeded().hasResult(BUILD, expected);
 *     }
 * }
 * }</pre>
 *
 * <p>Nothing happens in other threads and time stands still unless the test lets it pass, so such tests are quick and always give the same. The queue is closed after
 * the test.
 */
public final class JobQueueExtension implements ParameterResolver, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(JobQueueExtension.class);

    /** For {@code @ExtendWith} and {@code @RegisterExtension}. */
    public JobQueueExtension() {}

    private record World(ManualClock clock, JobQueue queue, JobRunner runner) {
        static World create() {
            ManualClock clock = new ManualClock();
            JobQueue queue = JobQueue.on(
                    new InMemoryJobStore(clock),
                    QueueOptions.DEFAULT.clock(clock).worker("test"));
            return new World(clock, queue, new JobRunner(queue, clock));
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == JobQueue.class || type == ManualClock.class || type == JobRunner.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        World world = context.getStore(NAMESPACE).getOrComputeIfAbsent(World.class, key -> World.create(), World.class);
        Class<?> type = parameter.getParameter().getType();
        if (type == JobQueue.class) {
            return world.queue();
        }
        return type == ManualClock.class ? world.clock() : world.runner();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        @Nullable World world = context.getStore(NAMESPACE).remove(World.class, World.class);
        if (world != null) {
            world.queue().close();
        }
    }
}
