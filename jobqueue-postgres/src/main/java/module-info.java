/** A job queue shared by many processes through PostgreSQL. */
module dev.jobqueue.postgres {
    requires transitive dev.jobqueue;
    requires transitive java.sql;
    requires transitive org.jdbi.v3.core;
    requires transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires org.postgresql.jdbc;
    requires org.slf4j;
    requires tools.jackson.databind;

    exports dev.jobqueue.postgres;
}
