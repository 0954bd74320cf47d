/**
 * The way to the database: connections, transactions, failures, arrays, the schema. Knows nothing of jobs. Not exported.
 */
@NullMarked
package dev.jobqueue.postgres.sql;

import org.jspecify.annotations.NullMarked;
