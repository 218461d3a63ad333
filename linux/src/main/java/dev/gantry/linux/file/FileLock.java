package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A lock between processes (flock(2)) whose file says in words who holds it; the kernel lets go of
 * it when the holder ends, however that happens. The file stays.
 */
public final class FileLock implements AutoCloseable {
  private static final int LOCK_EX_NB = 2 | 4;
  private static final int MODE = 0644;
  private static final int TRIES = 16;
  private static final int MAX_TEXT = 4096;

  private final Path path;
  private final Fd fd;

  private FileLock(Path path, Fd fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Takes the lock, or answers empty at once when somebody holds it: another process or this one.
   */
  public static Optional<FileLock> tryLock(Path path) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      int flags = OpenFlags.RDWR | OpenFlags.CREAT | OpenFlags.NOFOLLOW;
      Fd fd = At.open(At.CWD, path.toString(), flags, MODE);
      try {
        long result = Native.retry(Nr.FLOCK, fd.number(), LOCK_EX_NB);
        if (Native.failedWith(result, Errno.EAGAIN)) {
          fd.close();
          return Optional.empty();
        }
        Native.check(result, "lock", path.toString());
        // Somebody may have removed the file between open and lock: then the name is another lock.
        FileStat locked = At.stat(fd);
        if (At.find(At.CWD, path.toString(), false).filter(locked::sameFile).isPresent()) {
          return Optional.of(new FileLock(path, fd));
        }
        fd.close();
      } catch (IOException e) {
        fd.close();
        throw e;
      }
    }
    throw new LinuxException("lock", path.toString(), Errno.EAGAIN, "the file is being replaced");
  }

  /**
   * Says who holds the lock, for the message of the one who wants it too; at most 4 KiB are read.
   */
  public void describe(String holder) throws IOException {
    Native.check(Native.retry(Nr.FTRUNCATE, fd.number(), 0), "truncate", path.toString());
    Native.check(Native.retry(Nr.LSEEK, fd.number(), 0, 0), "rewind", path.toString());
    try (Arena arena = Arena.ofConfined()) {
      fd.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, holder.getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** What the holder of a lock said with {@link #describe}; empty text when nothing. */
  public static String holder(Path path) throws IOException {
    try (var in = Files.newInputStream(path)) {
      return new String(in.readNBytes(MAX_TEXT), StandardCharsets.UTF_8).strip();
    }
  }

  /** Lets go of the lock. */
  @Override
  public void close() {
    fd.close();
  }
}
