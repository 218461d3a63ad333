package dev.gantry.linux.event;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.EventLoop.Registration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pipe, socket or terminal to its end on the event loop. What exceeds the limit is read and
 * dropped, so that the writer never blocks.
 */
public final class PipeReader implements AutoCloseable {
  /** Other descriptors get their turn after this many buffers. */
  private static final int READS_PER_EVENT = 4;

  /** What fits into a pipe, see pipe(7). */
  private static final int PIPE_BYTES = 64 << 10;

  private final Fd fd;
  private final int limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final boolean lineOnly;
  private ByteArrayOutputStream data = new ByteArrayOutputStream(256);
  private boolean dropAll;
  private final CompletableFuture<Bytes> done = new CompletableFuture<>();
  private boolean truncated;
  private @Nullable Registration registration;

  /** What was read. */
  public static final class Bytes {
    private final byte[] data;
    private final boolean truncated;

    Bytes(byte[] data, boolean truncated) {
      this.data = data;
      this.truncated = truncated;
    }

    /** The bytes, at most as many as the limit. */
    public byte[] data() {
      return data;
    }

    /** Whether there were more than the limit. */
    public boolean truncated() {
      return truncated;
    }

    /** The bytes as UTF-8 text. */
    public String text() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  private PipeReader(Fd fd, int limit, boolean lineOnly) {
    this.fd = fd;
    this.limit = limit;
    this.lineOnly = lineOnly;
  }

  /**
   * Begins to read; the descriptor belongs to the reader from here and is made non-blocking.
   *
   * @param limit most bytes that are kept
   * @throws LinuxException EPERM for a regular file; the descriptor is closed then
   */
  public static PipeReader read(Fd fd, int limit) throws LinuxException {
    return begin(new PipeReader(fd, limit, false), fd);
  }

  /**
   * As {@link #read}, but the end of the first line is the end: for those who answer by one line
   * and keep the pipe open.
   */
  public static PipeReader readLine(Fd fd, int limit) throws LinuxException {
    return begin(new PipeReader(fd, limit, true), fd);
  }

  private static PipeReader begin(PipeReader reader, Fd fd) throws LinuxException {
    try {
      fd.nonBlocking();
      reader.begin();
      return reader;
    } catch (LinuxException e) {
      fd.close();
      throw e;
    }
  }

  private void begin() throws LinuxException {
    // The first event may come before the registration is stored.
    lock.lock();
    try {
      EventLoop loop = EventLoop.shared();
      registration = loop.watch(fd, EventLoop.IN, events -> ready(loop.scratch()));
    } finally {
      lock.unlock();
    }
  }

  /** Completes at the end of the file, or when the reader is closed, with what came until then. */
  public CompletableFuture<Bytes> bytes() {
    return done;
  }

  private void ready(MemorySegment buffer) throws IOException {
    lock.lock();
    try {
      for (int i = 0; i < READS_PER_EVENT && fd.isOpen(); i++) {
        long count = Native.retry(Nr.READ, fd.number(), buffer.address(), buffer.byteSize());
        if (Native.failedWith(count, Errno.EAGAIN)) {
          return;
        }
        // EIO is how a terminal says that its other end is closed.
        if (count == 0 || Native.failedWith(count, Errno.EIO)) {
          finish();
        } else if (count < 0) {
          LinuxException e = new LinuxException("read", "pipe", (int) -count);
          end();
          done.completeExceptionally(e);
        } else {
          keep(buffer, (int) count);
          if (lineOnly && hasLine(buffer, count)) {
            finish();
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static boolean hasLine(MemorySegment buffer, long count) {
    for (long i = 0; i < count; i++) {
      if (buffer.get(ValueLayout.JAVA_BYTE, i) == '\n') {
        return true;
      }
    }
    return false;
  }

  private void keep(MemorySegment buffer, int count) {
    if (dropAll) {
      return;
    }
    int room = Math.min(count, limit - data.size());
    truncated |= room < count;
    if (room > 0) {
      byte[] bytes = new byte[room];
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, room);
      data.write(bytes, 0, room);
    }
  }

  private void finish() {
    end();
    Bytes bytes = new Bytes(data.toByteArray(), truncated);
    // Whatever depends on it runs elsewhere: the event loop's thread is no place for it.
    done.completeAsync(() -> bytes, Thread::startVirtualThread);
  }

  private void end() {
    if (registration != null) {
      registration.close();
    }
    fd.close();
  }

  /** Whether the end was reached, or the reader closed: nothing is read any more. */
  public boolean ended() {
    return !fd.isOpen();
  }

  /**
   * What came until now. The rest is read and dropped until the end of the file, so that a writer
   * who still has the other end can go on; nobody needs to close this reader any more.
   */
  public Bytes letGo() {
    lock.lock();
    try {
      done.complete(new Bytes(data.toByteArray(), truncated));
      dropAll = true;
      data = new ByteArrayOutputStream(0);
      return done.join();
    } finally {
      lock.unlock();
    }
  }

  /** Stops reading and closes the descriptor; a second time does nothing. */
  @Override
  public void close() {
    Registration mine;
    lock.lock();
    try {
      mine = registration;
    } finally {
      lock.unlock();
    }
    // Outside our lock, as it waits for a handler that may want it.
    if (mine != null) {
      mine.close();
    }
    lock.lock();
    try {
      readRest();
      if (fd.isOpen()) {
        fd.close();
        done.complete(new Bytes(data.toByteArray(), truncated));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes what the event loop had not come to yet: the last words of a killed program say why. */
  private void readRest() {
    try (Arena arena = Arena.ofConfined()) {
      if (fd.isOpen()) {
        ready(arena.allocate(PIPE_BYTES));
      }
    } catch (IOException broken) {
      // What came before is as good as ever.
      return;
    }
  }
}
