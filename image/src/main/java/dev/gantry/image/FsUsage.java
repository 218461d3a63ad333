package dev.gantry.image;

/** Space that the store takes on its file system, shared layers counted once. */
public record FsUsage(long bytes, long inodes) {}
