/** What both APIs of the service have in common: an OpenAPI file as the source, operation ids, a catalogue of errors, one clean start and stop. */
@NullMarked
package dev.jobqueue.examples.composer.http;

import org.jspecify.annotations.NullMarked;
