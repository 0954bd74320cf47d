package dev.jobqueue.testkit.contract;

import org.junit.jupiter.api.Nested;

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
 * <p>Each area is a nested class here and an abstract class of its own, which can be extended alone. See {@link Level} for the tags.
 */
public abstract class JobQueueContract {
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
}
