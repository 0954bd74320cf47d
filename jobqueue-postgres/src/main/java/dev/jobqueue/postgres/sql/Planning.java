package dev.jobqueue.postgres.sql;

import org.jdbi.v3.core.Handle;

/** The settings with which statements are planned. Of a transaction with several statements: what they were before. */
public record Planning(String seqScan, String bitmapScan, String jit) {
    /** For connections that come with them. */
    public static final String CONNECTION_OPTIONS =
            "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off";

    /** Whether a connection has come with them, as SQL. */
    static final String IN_FORCE = """
            current_setting('plan_cache_mode') = 'force_generic_plan' AND current_setting('enable_seqscan') = 'off'
            AND current_setting('enable_bitmapscan') = 'off' AND current_setting('jit') = 'off'
            """;

    /** Sets them for the rest of the transaction. A plan is kept, so one that was made while there are few jobs must be right for many. */
    public static final String STATEMENT = """
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true),
                   set_config('plan_cache_mode', 'force_generic_plan', true)
            """;

    /**
     * Sets them for the rest of the transaction, which also waits for its commit to reach the disk. Without scans of whole tables, and of whole parts of
     * an index in place of its head, a plan made while there are few jobs is right for many.
     */
    static Planning set(Handle handle, boolean own) {
        return handle.createQuery("""
                        SELECT current_setting('enable_seqscan'), current_setting('enable_bitmapscan'), current_setting('jit'),
                               set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                               set_config('jit', 'off', true),
                               CASE WHEN :own AND current_setting('synchronous_commit') = 'off'
                                    THEN set_config('synchronous_commit', 'on', true) END
                        """)
                .bind("own", own)
                .map((row, context) -> new Planning(row.getString(1), row.getString(2), row.getString(3)))
                .one();
    }

    /** Puts them back, in a transaction that goes on. */
    void restore(Handle handle) {
        handle.createQuery("""
                        SELECT set_config('enable_seqscan', :seqScan, true), set_config('enable_bitmapscan', :bitmapScan, true),
                               set_config('jit', :jit, true)
                        """)
                .bind("seqScan", seqScan)
                .bind("bitmapScan", bitmapScan)
                .bind("jit", jit)
                .map((row, context) -> true)
                .one();
    }
}
