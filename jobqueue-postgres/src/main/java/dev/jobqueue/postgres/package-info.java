/**
 * A job queue that many processes on many hosts share through PostgreSQL 14 to 18. {@link dev.jobqueue.postgres.PostgresJobQueue} makes it.
 *
 * <p>It lives in a schema of its own, which {@link dev.jobqueue.postgres.PostgresJobQueue#migrate} makes and brings up to date. See docs/ARCHITECTURE.md
 * for the tables and the order of locks.
 */
@NullMarked
package dev.jobqueue.postgres;

import org.jspecify.annotations.NullMarked;
