/** Tests of the reports. */
@NullMarked
package dev.jobqueue.testkit.conformance;

import org.jspecify.annotations.NullMarked;
