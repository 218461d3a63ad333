package dev.gantry.linux.event;

import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A watch on one directory by inotify(7). All watches of the JVM share one inotify instance, of
 * which a user has only 128 by default.
 */
public final class Inotify implements AutoCloseable {
  /** A file was changed. */
  public static final int MODIFY = 0x2;

  /** A file that was open for writing was closed. */
  public static final int CLOSE_WRITE = 0x8;

  /** A file was renamed away. */
  public static final int MOVED_FROM = 0x40;

  /** A file was renamed to a name in the directory. */
  public static final int MOVED_TO = 0x80;

  /** A file was made. */
  public static final int CREATE = 0x100;

  /** A file was removed. */
  public static final int DELETE = 0x200;

  /** The directory itself was removed. */
  public static final int DELETE_SELF = 0x400;

  /** The directory itself was renamed. */
  public static final int MOVE_SELF = 0x800;

  /** Events were lost: look at the directory anew. Always reported. */
  public static final int OVERFLOW = 0x4000;

  /** The watch is over, as the directory or its file system is gone. Always reported. */
  public static final int IGNORED = 0x8000;

  private final Consumer<Event> consumer;
  private final int mask;
  private final ReentrantLock running = new ReentrantLock();
  private boolean over;

  /**
   * Something happened in the directory.
   *
   * @param mask which of {@link Inotify}'s bits are set
   * @param name of the file in the directory; empty for what happened to the directory itself
   */
  public record Event(int mask, String name) {
    /** Whether events were lost, so that the directory must be looked at anew. */
    public boolean overflow() {
      return (mask & OVERFLOW) != 0;
    }
  }

  private Inotify(int mask, Consumer<Event> consumer) {
    this.mask = mask | OVERFLOW | IGNORED;
    this.consumer = consumer;
  }

  /**
   * Watches a directory until the watch is closed. The consumer runs on the event loop: it is short
   * and never blocks.
   *
   * @param mask the events wanted, bits of this class
   * @throws LinuxException ENOENT or ENOTDIR naming the directory, ENOSPC when the user's limit of
   *     watches is reached
   */
  public static Inotify watch(Path directory, int mask, Consumer<Event> consumer)
      throws LinuxException {
    Inotify watch = new Inotify(mask, consumer);
    InotifyHub.shared().add(directory, mask, watch);
    return watch;
  }

  void deliver(Event event) {
    if ((event.mask() & mask) == 0) {
      return;
    }
    running.lock();
    try {
      if (!over) {
        consumer.accept(event);
      }
    } finally {
      running.unlock();
    }
  }

  /** Ends the watch; the consumer is not called any more when this returns. */
  @Override
  public void close() {
    running.lock();
    try {
      if (over) {
        return;
      }
      over = true;
    } finally {
      running.unlock();
    }
    InotifyHub.shared().remove(this);
  }
}
