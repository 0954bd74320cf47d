package dev.jobqueue.postgres.store;

import dev.jobqueue.Job;
import dev.jobqueue.RawJson;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.NewJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** What was given at enqueue, column by column. */
final class JobColumns {
    final List<UUID> ids = new ArrayList<>();
    private final List<Long> delays = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private final List<String> channels = new ArrayList<>();
    private final List<Short> priorities = new ArrayList<>();
    private final List<String> args = new ArrayList<>();
    private final List<@Nullable String> options = new ArrayList<>();
    private final List<@Nullable Long> timeouts = new ArrayList<>();

    void add(NewJob item) {
        Job<RawJson> job = item.job();
        ids.add(job.id().value());
        types.add(job.type().toString());
        channels.add(job.options().channel());
        priorities.add((short) job.options().priority());
        args.add(job.args().toString());
        options.add(Columns.options(job.options()));
        timeouts.add(job.options().timeout().map(Duration::toMillis).orElse(null));
        delays.add(item.delay().toMillis());
    }

    /** The arguments of the function {@code enqueue}, in its order. */
    SqlArray[] forEnqueue() {
        return new SqlArray[] {
            SqlArray.uuids(ids),
            SqlArray.texts(types),
            SqlArray.texts(channels),
            SqlArray.shorts(priorities),
            SqlArray.texts(args),
            SqlArray.texts(options),
            SqlArray.longs(timeouts),
            SqlArray.longs(delays)
        };
    }

    /** Binds all but the delays, under the names of the fields. */
    Query bindTo(Query query) {
        return query.bind("ids", SqlArray.uuids(ids))
                .bind("types", SqlArray.texts(types))
                .bind("channels", SqlArray.texts(channels))
                .bind("priorities", SqlArray.shorts(priorities))
                .bind("args", SqlArray.texts(args))
                .bind("options", SqlArray.texts(options))
                .bind("timeouts", SqlArray.longs(timeouts));
    }
}
