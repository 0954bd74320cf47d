package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.examples.benchmark.Clock;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalDouble;

/** One of the programs that are compared: where one of them cannot do a thing, it answers with nothing. */
interface Contender extends AutoCloseable {
    /** Its name in the tables. */
    String name();

    /** Makes its tables anew, with what the condition wants in them; false if it cannot be brought into this condition. */
    boolean create(Condition condition) throws Exception;

    /** Removes what a measurement has left, but for what the condition put there. */
    void clean() throws Exception;

    /** A call that stores one job, or so many in a batch; made for one thread. */
    Clock.Step enqueuer(int batch) throws Exception;

    /** Jobs a second that so many threads take and end, one by one or in batches of this size. */
    OptionalDouble drain(int threads, int batch, double seconds) throws Exception;

    /** Removes its tables. */
    void drop() throws Exception;

    /** Connects to the tables that another process has made. */
    void open() throws Exception;

    /** Waits for jobs in this process until this is closed, takes and ends them one by one; empty if it cannot wait. */
    Optional<AutoCloseable> await(Runnable taken) throws Exception;

    @Override
    void close() throws SQLException;
}
