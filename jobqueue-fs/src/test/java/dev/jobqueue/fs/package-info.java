/** Tests of the store in a directory. */
package dev.jobqueue.fs;
