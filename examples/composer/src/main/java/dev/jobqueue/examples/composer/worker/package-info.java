/** The program that builds: it asks the service for jobs, runs them and reports. */
@NullMarked
package dev.jobqueue.examples.composer.worker;

import org.jspecify.annotations.NullMarked;
