package dev.jobqueue.postgres.store;

import dev.jobqueue.Enqueued;
import dev.jobqueue.Job;
import dev.jobqueue.JobId;
import dev.jobqueue.JobState;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.sql.FunctionCall;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Stores graphs of jobs. */
final class Inserts {
    private static final int MOST_SIMPLE = 10_000;
    private static final long MOST_BYTES = 64 << 20;

    private final boolean own;
    private final @Nullable ShortWays shortWays;

    /** @param own whether transactions are the queue's own */
    Inserts(boolean own, @Nullable ShortWays shortWays) {
        this.own = own;
        this.shortWays = shortWays;
    }

    /** Whether one statement does it: no dependencies, no unique keys, no id twice, not too much. */
    boolean simple(List<List<NewJob>> graphs) {
        Set<JobId> ids = new HashSet<>();
        long bytes = 0;
        for (List<NewJob> graph : graphs) {
            for (NewJob item : graph) {
                Job<RawJson> job = item.job();
                bytes += job.args().size();
                if (!job.dependencies().isEmpty()
                        || job.options().uniqueKey().isPresent()
                        || !ids.add(job.id())
                        || ids.size() > MOST_SIMPLE
                        || bytes > MOST_BYTES) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Stores graphs that are {@linkplain #simple simple}; null if nothing was stored, because an id exists. */
    @Nullable
    Receipt<Answer<List<Enqueued>>> insertSimple(Handle handle, List<List<NewJob>> graphs) {
        if ((shortWays == null || !shortWays.insert(handle, graphs)) && !insertByFunction(handle, graphs)) {
            return null;
        }
        ChangeLog changes = new ChangeLog();
        List<Answer<List<Enqueued>>> answers = new ArrayList<>(graphs.size());
        for (List<NewJob> graph : graphs) {
            List<Enqueued> enqueued = new ArrayList<>(graph.size());
            for (NewJob item : graph) {
                boolean ready = item.delay().isZero();
                enqueued.add(new Enqueued(item.job().id(), true, ready ? JobState.READY : JobState.SCHEDULED));
                if (ready) {
                    changes.ready(GraphInsert.pair(item.job()));
                } else {
                    changes.scheduled(GraphInsert.pair(item.job()));
                }
            }
            answers.add(Answer.accepted(enqueued));
        }
        return new Receipt<>(answers, changes.changes());
    }

    private boolean insertByFunction(Handle handle, List<List<NewJob>> graphs) {
        JobColumns columns = new JobColumns();
        graphs.forEach(graph -> graph.forEach(columns::add));
        return FunctionCall.call(handle, "enqueue", Inserts::number, own, columns.forEnqueue()) == columns.ids.size();
    }

    private static long number(ResultSet row) throws SQLException {
        row.next();
        return row.getLong(1);
    }

    /** Stores any graphs, as a part of a transaction with several statements. */
    Receipt<Answer<List<Enqueued>>> insertHere(Handle handle, List<List<NewJob>> graphs) {
        GraphInsert insert = new GraphInsert(handle);
        insert.load(graphs);
        Instant now = Locks.now(handle);
        List<Answer<List<Enqueued>>> answers = insert.decide(graphs, now);
        insert.write(now);
        return new Receipt<>(answers, insert.changes());
    }
}
