package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRef;
import dev.gantry.container.LogWriter;
import dev.gantry.container.RuntimeFailure;
import dev.gantry.daemon.log.Event;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets a conmon write its container's log only where there is room, as it drops what the disk does
 * not take. Room is set aside in the log before conmon writes, and by its {@link LogWriter} it
 * never gets far ahead. Where there is no room it is stopped (SIGSTOP), so that output stays in the
 * container's pipe, and who writes more than that holds waits.
 *
 * <p>A conmon also notes its container's end, so it goes on as soon as that has ended.
 */
final class LogGate implements AutoCloseable {
  /** The least that file systems give. */
  static final long PAGE = 4096;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofMillis(100);

  /** A killed container's monitor that has noted nothing by five seconds is taken to hang. */
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(3);

  /** How much longer output is in a log, in lines of three bytes: each gets its time. */
  private static final long EXPANSION = 16;

  private static final int FLAGS = OpenFlags.WRONLY | OpenFlags.NOFOLLOW | OpenFlags.NONBLOCK;

  private final ContainerRef container;
  private final LogWriter writer;
  private final Path log;

  /** A rotation takes its time, and nobody else may let conmon go on or stop it meanwhile. */
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable Fd file;

  /** How far into the file there is room. */
  private long end;

  /** What it may grow without asking, at the last look. */
  private long left;

  /** Its size at the last look. */
  private long seen;

  private long endSeen;
  private long triedAt;
  private volatile boolean closed;

  private volatile boolean shut;

  /** Whether it may hold something: room, conmon, or its output. */
  private volatile boolean tended;

  private boolean told;
  private long toldAt;

  LogGate(ContainerRef container, LogWriter writer, Path log) {
    this.container = container;
    this.writer = writer;
    this.log = log;
    // By a daemon that was killed.
    this.shut = writer.stopped();
    this.tended = shut;
  }

  /** Whether conmon is stopped. */
  boolean shut() {
    return shut;
  }

  /**
   * Sets room aside for what conmon writes next, or stops it.
   *
   * @return whether it wrote, so that the next look should be soon
   */
  boolean tend(LogDisk disk) {
    if (!lock.tryLock()) {
      return true; // The log is being opened anew, which does the same at its end.
    }
    try {
      long now = System.nanoTime();
      if (closed || (shut && now - triedAt < RETRY.toNanos())) {
        return false;
      }
      triedAt = now;
      return adjust(disk, !shut);
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param half whether half of its share is enough; once shut, all of it must be there, so that it
   *     does not open for every page that is freed
   */
  private boolean adjust(LogDisk disk, boolean half) {
    tended = true;
    boolean wrote = false;
    if (mayWrite(disk, half)) {
      open();
      wrote = writer.take();
    } else if (!shut) {
      shut = writer.stop();
    }
    tell();
    return wrote;
  }

  private boolean mayWrite(LogDisk disk, boolean half) {
    try {
      return hasRoom(disk, half) || (!container.running() && mayEnd());
    } catch (IOException e) {
      return true; // The log has gone, or its disk is broken: to wait would help nobody.
    }
  }

  /** Its end is told as soon as what is left of its output has room, or if that takes too long. */
  private boolean mayEnd() throws IOException {
    long now = System.nanoTime();
    endSeen = endSeen == 0 ? now : endSeen;
    return now - endSeen > ENDS_WITHIN.toNanos() || writer.pending() * EXPANSION <= left;
  }

  private boolean hasRoom(LogDisk disk, boolean half) throws LinuxException {
    Fd open = file;
    if (open == null) {
      open = At.open(At.CWD, log.toString(), FLAGS, 0);
      file = open;
    }
    long size = At.stat(open).size();
    // Somebody has cut it, and what lay beyond is free as well.
    end = size < seen ? size : Math.max(end, size);
    seen = size;
    long share = disk.share();
    if (end - size > 2 * share && stops()) {
      cut(); // More logs share the disk by now.
      end = size;
    }
    long enough = half ? share / 2 : share;
    long least = half ? PAGE : share;
    try {
      for (long part = share; end - size < enough && part >= least; part /= 2) {
        long more = Math.min(part, size + share - end);
        if (disk.roomIsForAll() && allocate(open, end, more)) {
          end += more;
        }
      }
    } catch (UnsupportedOperationException cannot) {
      // Others may take what is free: there must be more of it.
      return DiskUsage.statfs(open).freeBytes() >= 2 * share * disk.logs();
    }
    left = end - size;
    return left >= enough;
  }

  private static boolean allocate(Fd file, long offset, long bytes) throws LinuxException {
    try {
      At.allocate(file, offset, bytes);
      return true;
    } catch (LinuxException e) {
      return switch (e.errno()) {
        case ENOSPC, EDQUOT -> false;
        case EOPNOTSUPP -> throw new UnsupportedOperationException(e);
        default -> throw e;
      };
    }
  }

  /** Looks whether the log is another file by now, which a rotation that took too long leaves. */
  void lookAgain() {
    if (lock.tryLock()) {
      try {
        Fd open = file;
        Optional<FileStat> named = At.find(At.CWD, log.toString(), false);
        if (open != null && named.isPresent() && !named.get().sameFile(At.stat(open))) {
          closeFile();
        }
      } catch (IOException e) {
        // The next look will tell.
      } finally {
        lock.unlock();
      }
    }
  }

  /** Lets conmon write whatever there is room for; nothing is done where nothing is held. */
  void letGo() {
    if (tended) {
      release();
    }
  }

  /** Lets everything go, unless the disk does not answer. */
  private void release() {
    boolean mine = false;
    try {
      mine = lock.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      if (mine) {
        open();
        writer.close();
        if (!writer.alive()) {
          cut(); // Nobody writes any more.
        }
        closeFile();
        tell();
        tended = false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (mine) {
        lock.unlock();
      }
    }
  }

  /**
   * Opens the log anew: the new file gets the room that was set aside in the old one, so that a
   * full disk can be rotated, too.
   *
   * @throws RuntimeFailure when there is none: then the old file goes on
   */
  void reopen(LogDisk disk, LogRoom.Reopening reopening) throws Exception {
    if (!disk.rotating().tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
      throw noAnswer();
    }
    try {
      if (!lock.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        throw noAnswer();
      }
      try {
        giveBack(disk);
        reopening.run(() -> {
          // It may be in a write to us, and comes to the order after that only.
          writer.take();
          open();
        });
        shut = writer.stop();
        closeFile();
      } finally {
        adjust(disk, true); // whatever was handed on is to be its own again
        lock.unlock();
      }
    } finally {
      disk.rotating().unlock();
    }
  }

  private RuntimeFailure noAnswer() {
    return new RuntimeFailure(
        RuntimeFailure.Kind.TIMED_OUT, "reopen log " + log + ": its disk does not answer");
  }

  private void giveBack(LogDisk disk) throws IOException {
    Fd open = file;
    if (open == null) {
      return;
    }
    // What conmon adds between the look at the size and the cut would be lost.
    if (stops()) {
      cut();
    }
    if (DiskUsage.statfs(open).freeBytes() < Math.max(PAGE, disk.share() / 4)) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.SYSTEM, "log " + log + ": no room for a new one: its disk is full");
    }
  }

  /** Makes free what was set aside; conmon must not write. */
  private void cut() {
    Fd open = file;
    try {
      if (open != null && end > 0) {
        At.truncate(open, At.stat(open).size());
        end = 0;
      }
    } catch (LinuxException e) {
      Event.warn("room that was set aside for a log is not free").with("log", log).because(e).log();
    }
  }

  private boolean stops() {
    shut = shut || writer.stop();
    return shut && writer.awaitStopped();
  }

  private void open() {
    if (shut) {
      shut = false;
      writer.goOn();
    }
  }

  private void tell() {
    if (shut == told) {
      return;
    }
    told = shut;
    long now = System.nanoTime();
    if (shut) {
      Event.error("a container that writes more waits, as the disk of its log is full")
          .with("container", container.id())
          .with("log", log)
          .log();
    } else {
      Event.info("the log of a container goes on")
          .with("container", container.id())
          .with("log", log)
          .with("waited_ms", (now - toldAt) / 1_000_000)
          .log();
    }
    toldAt = now;
  }

  private void closeFile() {
    if (file != null) {
      file.close();
      file = null;
    }
    end = 0;
    seen = 0;
  }

  /** Lets conmon go on for good. */
  @Override
  public void close() {
    closed = true;
    release();
  }
}
