package dev.jobqueue.postgres.store;

import dev.jobqueue.PauseScope;
import dev.jobqueue.Selector;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.TypeName;
import dev.jobqueue.postgres.sql.SqlArray;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.spi.StoreRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Pauses, and what was asked for. */
final class Pauses {
    private Pauses() {}

    private record Named(String scope, String name) {
        static Named of(PauseScope scope) {
            if (scope instanceof PauseScope.Channel channel) {
                return new Named("CHANNEL", channel.channel());
            }
            if (scope instanceof PauseScope.Type type) {
                return new Named("TYPE", type.type().toString());
            }
            return new Named("FAMILY", ((PauseScope.Family) scope).family());
        }

        PauseScope toScope() {
            return switch (scope) {
                case "CHANNEL" -> new PauseScope.Channel(name);
                case "TYPE" -> new PauseScope.Type(TypeName.parse(name));
                default -> new PauseScope.Family(name);
            };
        }
    }

    static void pause(Handle handle, PauseScope scope) {
        Named named = Named.of(scope);
        handle.createUpdate("""
                        INSERT INTO <s>.pause (scope, name) VALUES (:scope::<s>.pause_scope, :name) ON CONFLICT DO NOTHING
                        """)
                .bind("scope", named.scope())
                .bind("name", named.name())
                .execute();
    }

    static Receipt<PauseScope> resume(Handle handle, PauseScope scope) {
        Named named = Named.of(scope);
        handle.createUpdate("DELETE FROM <s>.pause p WHERE p.scope = :scope::<s>.pause_scope AND p.name = :name")
                .bind("scope", named.scope())
                .bind("name", named.name())
                .execute();
        Map<TypeChannel, Integer> ready = new HashMap<>();
        handle.createQuery("""
                        WITH part AS (
                            SELECT j.type, j.channel, count(*) AS n FROM <s>.job j
                            WHERE j.state = 'READY' GROUP BY j.type, j.channel
                            UNION ALL
                            SELECT j.type, j.channel, count(*) AS n FROM <s>.job j
                            WHERE j.state = 'SCHEDULED' AND j.due <= (SELECT <s>.wall_time()) GROUP BY j.type, j.channel)
                        SELECT r.type, r.channel, sum(r.n) AS n
                        FROM part r
                        WHERE CASE :scope WHEN 'CHANNEL' THEN r.channel = :name WHEN 'TYPE' THEN r.type = :name
                                          ELSE split_part(r.type, ':', 1) = :name END
                          AND NOT <s>.is_paused(r.type, r.channel)
                        GROUP BY r.type, r.channel
                        """)
                .bind("scope", named.scope())
                .bind("name", named.name())
                .map((row, context) -> Map.entry(
                        new TypeChannel(TypeName.parse(row.getString("type")), row.getString("channel")),
                        row.getInt("n")))
                .forEach(entry -> ready.put(entry.getKey(), entry.getValue()));
        return new Receipt<>(List.of(), new Changes(ready, Set.of(), List.of(), false));
    }

    static Set<PauseScope> paused(Handle handle) {
        return new HashSet<>(handle.createQuery("SELECT p.scope::text AS scope, p.name FROM <s>.pause p")
                .map((row, context) -> new Named(row.getString("scope"), row.getString("name")).toScope())
                .list());
    }

    /** Not durable: what is lost is noted again soon. */
    static boolean demand(Handle handle, List<Selector> selectors) {
        Set<Named> pairs = new HashSet<>();
        for (Selector selector : selectors) {
            for (TypeName type : selector.types()) {
                if (selector.channels().isEmpty()) {
                    pairs.add(new Named(type.toString(), ""));
                }
                selector.channels().forEach(channel -> pairs.add(new Named(type.toString(), channel)));
            }
        }
        List<String> types = new ArrayList<>(pairs.size());
        List<String> channels = new ArrayList<>(pairs.size());
        pairs.forEach(pair -> {
            types.add(pair.scope());
            channels.add(pair.name());
        });
        handle.createUpdate("""
                        WITH clock AS MATERIALIZED (SELECT <s>.tick() AS tick, set_config('synchronous_commit', 'off', true)),
                        old AS (
                            DELETE FROM <s>.demand d
                            WHERE ctid IN (SELECT x.ctid FROM clock c CROSS JOIN <s>.demand x
                                           WHERE c.tick - x.tick > :kept
                                             AND NOT EXISTS (SELECT 1 FROM unnest(:types, :channels) n (type, channel)
                                                             WHERE n.type = x.type AND n.channel = x.channel)
                                           FOR UPDATE OF x SKIP LOCKED))
                        INSERT INTO <s>.demand AS d (type, channel, tick)
                        SELECT n.type, n.channel, c.tick
                        FROM clock c CROSS JOIN unnest(:types, :channels) n (type, channel)
                        ORDER BY n.type, n.channel
                        ON CONFLICT (type, channel) DO UPDATE SET tick = excluded.tick
                        """)
                .bind("kept", StoreRules.DEMAND_IS_KEPT.toNanos())
                .bind("types", SqlArray.texts(types))
                .bind("channels", SqlArray.texts(channels))
                .execute();
        return true;
    }

    static Optional<Duration> sinceDemand(Handle handle, TypeChannel pair) {
        return handle.createQuery("""
                        SELECT min(<s>.tick() - d.tick) AS since FROM <s>.demand d WHERE d.type = :type AND d.channel IN (:channel, '')
                        """)
                .bind("type", pair.type().toString())
                .bind("channel", pair.channel())
                .map((row, context) ->
                        Optional.ofNullable(Columns.number(row, "since")).map(Duration::ofNanos))
                .one()
                .filter(since -> since.compareTo(StoreRules.DEMAND_IS_KEPT) <= 0);
    }
}
