/** Keys and certificates from files, for both sides of a TLS connection. */
@NullMarked
package dev.jobqueue.examples.composer.tls;

import org.jspecify.annotations.NullMarked;
