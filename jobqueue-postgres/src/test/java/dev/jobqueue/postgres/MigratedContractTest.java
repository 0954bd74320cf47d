package dev.jobqueue.postgres;

import dev.jobqueue.postgres.server.SharedServer;
import dev.jobqueue.postgres.sql.StepByStep;
import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.StoreFixture;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/**
 * The contract on schemas that were migrated step by step with jobs in them.
 *
 * <p>These are finished, of a type of their own, and their finish is so far ahead that no test prunes them.
 */
@Tag("slow")
class MigratedContractTest extends JobQueueContract {
    @Override
    protected StoreFixture newFixture() throws SQLException {
        String schema = SharedServer.newSchema();
        StepByStep.migrate(SharedServer.pool(), schema, 1);
        String s = SharedServer.quoted(schema);
        SharedServer.execute("INSERT INTO " + s
                + ".job (id, enqueued, unblocked, ready, started, started_tick, finished, state, ending, attempt,"
                + " dependencies, priority, needed, token, type, channel, worker, args, result)"
                + " SELECT md5('job' || n)::uuid, t, t, t, t, 1, t, 'SUCCEEDED', 'SUCCEEDED', 1 + n % 3, CASE WHEN n > 1 THEN 1 ELSE 0 END, 0, n < 50,"
                + " md5('token' || n)::uuid, 'earlier', 'default', 'worker', '{\"n\": 1}', 'null'"
                + " FROM generate_series(1, 50) n CROSS JOIN (SELECT timestamptz '9000-01-01' AS t) x ORDER BY n");
        SharedServer.execute(
                "INSERT INTO " + s + ".edge (job_id, position, dependency_id, job_seq, required, given_required)"
                        + " SELECT j.id, 0, d.id, j.seq, true, true FROM " + s + ".job j JOIN " + s
                        + ".job d ON d.seq = j.seq - 1");
        SharedServer.execute("INSERT INTO " + s + ".attempt (job_id, number, token, started, ended, ending, worker)"
                + " SELECT j.id, n, md5('attempt' || j.seq || ' ' || n)::uuid, j.started, j.finished, 'RELEASED', 'worker'"
                + " FROM " + s + ".job j CROSS JOIN LATERAL generate_series(1, j.attempt - 1) n");
        return new PostgresFixture(schema, 2_000);
    }
}
