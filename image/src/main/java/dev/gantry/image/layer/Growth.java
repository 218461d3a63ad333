package dev.gantry.image.layer;

import java.util.concurrent.atomic.AtomicLong;

/** What a layer takes on the disk while it is unpacked; any thread may read it meanwhile. */
final class Growth {
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong inodes = new AtomicLong();

  void add(long moreBytes, long moreInodes) {
    bytes.addAndGet(moreBytes);
    inodes.addAndGet(moreInodes);
  }

  /** Disk space of the files so far, in whole blocks. */
  long bytes() {
    return bytes.get();
  }

  long inodes() {
    return inodes.get();
  }
}
