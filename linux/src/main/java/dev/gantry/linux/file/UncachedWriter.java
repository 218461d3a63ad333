package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * Writes what is not read again soon: it goes to the disk at once, and leaves the page cache when
 * it is there (pwritev2(2), RWF_DONTCACHE, Linux 6.14). So a gigabyte is written with the memory of
 * a few megabytes, which is a tenth of the work where fresh memory is dear, as in virtual machines,
 * and what other processes have in the cache stays there. It makes nothing durable. For one thread.
 *
 * <p>An older kernel, or a file system that cannot, is only told to begin with the writing.
 */
public final class UncachedWriter implements AutoCloseable {
  private static final int DONT_CACHE = 0x80;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment vector = arena.allocate(ValueLayout.JAVA_LONG, 2);
  private boolean supported;

  public UncachedWriter() {
    this(true);
  }

  UncachedWriter(boolean supported) {
    this.supported = supported;
  }

  /** Writes all that remains in a direct buffer to this place in the file. */
  public void write(Fd file, ByteBuffer direct, long offset) throws LinuxException {
    MemorySegment from = MemorySegment.ofBuffer(direct);
    long done = 0;
    while (supported && done < from.byteSize()) {
      vector.setAtIndex(ValueLayout.JAVA_LONG, 0, from.address() + done);
      vector.setAtIndex(ValueLayout.JAVA_LONG, 1, from.byteSize() - done);
      long written =
          Native.retry(
              Nr.PWRITEV2, file.number(), vector.address(), 1, offset + done, 0, DONT_CACHE);
      if (Native.failedWith(written, Errno.EOPNOTSUPP)
          || Native.failedWith(written, Errno.ENOSYS)) {
        supported = false;
      } else {
        done += Native.check(written, "write", file.toString());
      }
    }
    direct.position(direct.position() + (int) done);
    if (direct.hasRemaining()) {
      file.write(direct, offset + done);
      At.startWriteback(file);
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
