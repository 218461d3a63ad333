package dev.gantry.daemon;

import dev.gantry.linux.file.FileLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One daemon at a time on a root directory, and on a state directory; the lock goes with its
 * process, however that ends.
 */
final class DaemonLock implements AutoCloseable {
  private final FileLock lock;

  private DaemonLock(FileLock lock) {
    this.lock = lock;
  }

  /**
   * Takes the lock.
   *
   * @param what root or state
   * @throws AlreadyRunningException naming the daemon that has it
   */
  static DaemonLock take(String what, Path directory, Path socket) throws IOException {
    Path file = directory.resolve("lock");
    Optional<FileLock> lock = FileLock.tryLock(file);
    if (lock.isEmpty()) {
      throw new AlreadyRunningException(
          what
              + " directory "
              + directory
              + " is in use by another Gantry daemon ("
              + FileLock.holder(file)
              + "); stop that one or give this one another --root, --state and --listen");
    }
    lock.get().describe("pid " + ProcessHandle.current().pid() + ", listening on " + socket);
    return new DaemonLock(lock.get());
  }

  @Override
  public void close() {
    lock.close();
  }

  /** Another daemon has the directory. */
  static final class AlreadyRunningException extends IOException {
    private static final long serialVersionUID = 1L;

    AlreadyRunningException(String message) {
      super(message);
    }
  }
}
