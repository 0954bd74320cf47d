package dev.jobqueue.examples.benchmark.postgres;

import dev.jobqueue.JobQueue;
import dev.jobqueue.examples.benchmark.Store;
import java.sql.SQLException;

/** The store on this server. */
public final class PostgresStore implements Store {
    private final QueueContender contender;

    /** The store in the database at this URL. */
    public PostgresStore(String url) {
        contender = new QueueContender(url, new Amounts(0, 0));
    }

    @Override
    public String name() {
        return "PostgreSQL";
    }

    @Override
    public double startGoalMillis() {
        return 20;
    }

    @Override
    public JobQueue openEmpty() throws Exception {
        contender.create(Condition.PLAIN);
        return contender.queue();
    }

    @Override
    public void clear() throws SQLException {
        contender.drop();
        contender.close();
    }
}
