@org.jspecify.annotations.NullMarked
package dev.jobqueue.postgres;
