package dev.gantry.image.layer;

import java.util.concurrent.atomic.AtomicLong;

/** What a layer takes on the disk while it is unpacked; any thread may read it meanwhile. */
final class Growth {
  private static final int BLOCK = 4096;

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong inodes = new AtomicLong();

  /** The data of a file, in whole blocks. */
  void data(long size) {
    bytes.addAndGet((size + BLOCK - 1) / BLOCK * BLOCK);
  }

  /** One more file, directory or whatever has an inode of its own. */
  void inode() {
    inodes.incrementAndGet();
  }

  /** Disk space of the files so far, in whole blocks. */
  long bytes() {
    return bytes.get();
  }

  long inodes() {
    return inodes.get();
  }
}
