package dev.jobqueue.testkit.contract;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestFactory;

/**
 * The whole contract of a backend in one class. Extend it, give it a fixture, and run it:
 *
 * <pre>{@code
 * class MyStoreContractTest extends JobQueueContract {
 *     @Override
 *     protected StoreFixture newFixture() {
 *         return new MyFixture();
 *     }
 * }
 * }</pre>
 *
 * <p>Each area is a nested class here and an abstract class of its own, which can be extended alone. See {@link Level} for the tags. Rules that no test of
 * this kit can reach are skipped with the reason.
 *
 * <p>{@link dev.jobqueue.testkit.conformance.ConformanceSuite} has the model suite too. Whoever runs a subclass of either gets a
 * {@link dev.jobqueue.testkit.conformance.ConformanceReport}.
 */
public abstract class JobQueueContract {
    /** The key of the report entry in which the contract publishes the capabilities that the store declares, as {@code [DURABLE, SHARED]}. */
    public static final String DECLARED = "jobqueue.declared";

    /** A fixture for one test, with data of its own. */
    protected abstract StoreFixture newFixture() throws Exception;

    @Nested
    class Types extends TypesContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Enqueue extends EnqueueContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Dequeue extends DequeueContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Dependency extends DependencyContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Finish extends FinishContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Attempt extends AttemptContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Cancel extends CancelContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Heartbeat extends HeartbeatContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Errors extends ErrorContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Query extends QueryContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Pause extends PauseContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Retention extends RetentionContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Waiting extends WaitingContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Announcement extends AnnouncementContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Async extends AsyncContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Race extends RaceContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Scale extends ScaleContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Durability extends DurabilityContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Shared extends SharedContract {
        @Override
        protected StoreFixture newFixture() throws Exception {
            return JobQueueContract.this.newFixture();
        }
    }

    @Nested
    class Untestable {
        @TestFactory
        @DisplayName("rules that no test of this kit can reach")
        Stream<DynamicTest> rules() {
            return Arrays.stream(Rules.values())
                    .filter(rule -> rule.untestable().isPresent())
                    .map(rule -> DynamicTest.dynamicTest(
                            rule.id() + ": " + rule.title(),
                            () -> Assumptions.abort(rule.untestable().orElseThrow())));
        }
    }
}
