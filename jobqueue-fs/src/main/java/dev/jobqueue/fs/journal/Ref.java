package dev.jobqueue.fs.journal;

/**
 * Where the bytes of one event are.
 *
 * @param position of the first byte
 * @param length of the event with its line feed
 * @param crc CRC-32C of these bytes, which proves a later read
 */
public record Ref(long position, int length, int crc) {}
