package dev.jobqueue.postgres.sql;

import javax.sql.DataSource;

/** Migrations one by one, for tests. */
public final class StepByStep {
    private StepByStep() {}

    /** Migrates up to this version only. */
    public static void migrate(DataSource dataSource, String schema, int last) {
        Migrations.migrate(new Database(dataSource, schema), schema, last);
    }

    /** The text of a migration. */
    public static String file(int version) {
        return Migrations.file(version);
    }
}
