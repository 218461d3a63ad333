package dev.gantry.daemon;

import dev.gantry.linux.file.FileLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** One daemon at a time on a root directory; the lock goes with its process, however that ends. */
final class DaemonLock implements AutoCloseable {
  private final FileLock lock;

  private DaemonLock(FileLock lock) {
    this.lock = lock;
  }

  /**
   * Takes the lock.
   *
   * @throws AlreadyRunningException naming the daemon that has it
   */
  static DaemonLock take(Path root, Path socket) throws IOException {
    Path file = root.resolve("lock");
    Optional<FileLock> lock = FileLock.tryLock(file);
    if (lock.isEmpty()) {
      throw new AlreadyRunningException(
          "root directory "
              + root
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

  /** Another daemon has the root directory. */
  static final class AlreadyRunningException extends IOException {
    private static final long serialVersionUID = 1L;

    AlreadyRunningException(String message) {
      super(message);
    }
  }
}
