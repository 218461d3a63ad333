package dev.gantry.daemon.container;

import dev.gantry.linux.file.DiskUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** A disk with container logs, as it was at the last look. */
final class LogDisk {
  private static final long MIB = 1 << 20;

  /** Of a disk with less is looked after what is written: the rest may go before the next look. */
  private static final long TIGHT_MOST = 1024 * MIB;

  private static final long TIGHT_LEAST = 64 * MIB;
  private static final int TIGHT_FRACTION = 10;

  /** A disk with less than this many times as much may become tight at any moment. */
  private static final int NEARLY = 8;

  /**
   * What a log is to have. Below half of it conmon is stopped: that is for what it writes between
   * two looks, 24 KB of output in lines of two bytes and more.
   */
  private static final long SHARE = MIB;

  /** All shares together are at most this part of what is there when it is looked after them. */
  private static final int SHARES_FRACTION = 2;

  /** A disk with less is full, as file systems keep some of the last blocks for themselves. */
  private static final long LITTLE_BYTES = MIB;

  /** Of a disk so small that this is its everyday state. */
  private static final int LITTLE_FRACTION = 64;

  private volatile DiskUsage.FsInfo info =
      new DiskUsage.FsInfo(0, Long.MAX_VALUE, 0, 0, 0, 0, false, false, false);
  private volatile Path directory = Path.of("");
  private volatile int logs;

  /** One rotation at a time: the room that it hands on is nobody else's. */
  private final ReentrantLock rotating = new ReentrantLock();

  /**
   * Looks; a disk that was not looked at has room.
   *
   * @param path a directory on it; those of logs go with their pods
   * @param logCount how many logs that may grow share it
   */
  void look(Path path, int logCount) throws IOException {
    directory = path;
    logs = logCount;
    info = DiskUsage.statfs(path);
  }

  Path directory() {
    return directory;
  }

  long freeBytes() {
    return info.freeBytes();
  }

  /** Whether it may be full before the next look. */
  boolean tight() {
    return info.freeBytes() < tightBelow();
  }

  /** Whether it is worth looking often. */
  boolean nearlyTight() {
    return info.freeBytes() < NEARLY * tightBelow();
  }

  private long tightBelow() {
    return Math.max(TIGHT_LEAST, Math.min(TIGHT_MOST, info.totalBytes() / TIGHT_FRACTION));
  }

  boolean full() {
    return info.freeBytes() < Math.min(LITTLE_BYTES, info.totalBytes() / LITTLE_FRACTION);
  }

  /** How much room is set aside for each log, bytes. */
  long share() {
    long all = Math.min(tightBelow(), info.totalBytes()) / SHARES_FRACTION;
    long share = Math.min(SHARE, all / Math.max(1, logs));
    return Math.max(LogGate.PAGE, share - share % LogGate.PAGE);
  }

  /** How many logs that may grow share it. */
  int logs() {
    return logs;
  }

  ReentrantLock rotating() {
    return rotating;
  }

  /** Whether room may be taken that is free now. */
  boolean roomIsForAll() {
    return !rotating.isLocked() || rotating.isHeldByCurrentThread();
  }
}
