package dev.gantry.image.layer;

/** What a layer takes on the disk while it is unpacked: one thread adds, any thread reads. */
final class Growth {
  private volatile long bytes;
  private volatile long inodes;

  /** Only the thread that unpacks calls this. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField")
  void add(long moreBytes, long moreInodes) {
    bytes += moreBytes;
    inodes += moreInodes;
  }

  /** Disk space of the files so far, in whole blocks. */
  long bytes() {
    return bytes;
  }

  long inodes() {
    return inodes;
  }
}
