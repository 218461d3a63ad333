package dev.gantry.image.transfer;

import dev.gantry.image.StoreException;
import dev.gantry.image.transfer.Extents.Range;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills with a blob's bytes in any order while it is read from its beginning.
 *
 * <p>While the bytes come in order, and faster than they are read, the last ones are in memory and
 * nowhere else, and who writes waits for who reads: to keep them would cost memory and time, and
 * spare nobody any: a second try unpacks them again. What the reader has to wait for is {@linkplain
 * #keep kept} in a file.
 */
final class Spool implements AutoCloseable {
  /** Bytes after which the map is written: as many as a kill may cost. */
  private static final long SAVE = 4L << 20;

  private final Path file;
  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Extents extents;
  private final ReentrantLock saving = new ReentrantLock();

  /** Null when what comes goes to the file. */
  private @Nullable SpoolWindow window;

  /** Bytes that were read and are nowhere any more. */
  private long passed;

  private long read;
  private @Nullable IOException failure;
  private long waited;

  /** Bytes that the map on disk tells of; guarded by {@link #saving}. */
  private long saved;

  private Spool(Path file, long size, Extents extents) {
    this.file = file;
    this.size = size;
    this.extents = extents;
    this.saved = extents.total();
    this.window = extents.total() == 0 ? new SpoolWindow() : null;
  }

  /** The spool in {@code file}, with what an earlier try left there. */
  static Spool open(Path file, long size) throws StoreException {
    try {
      Extents known = SpoolMap.read(file, size).orElseGet(Extents::new);
      if (known.total() == 0) {
        delete(file);
      }
      return new Spool(file, size, known);
    } catch (IOException e) {
      throw new StoreException(file, "open spool", e);
    }
  }

  static void delete(Path file) throws IOException {
    // The map first: without it the file means nothing.
    SpoolMap.delete(file);
    Files.deleteIfExists(file);
  }

  long size() {
    return size;
  }

  private <T> T locked(Supplier<T> what) {
    lock.lock();
    try {
      return what.get();
    } finally {
      lock.unlock();
    }
  }

  /** What is missing of the file, in order. */
  List<Range> gaps() {
    return locked(() -> extents.gaps(size));
  }

  /** Bytes in the file. */
  long bytes() {
    return locked(() -> extents.total());
  }

  /** Bytes that have come. */
  long came() {
    return locked(() -> window == null ? passed + extents.total() : window.end());
  }

  /** How long the reader has waited for bytes. */
  long waitedNanos() {
    return locked(() -> waited);
  }

  /** A descriptor for one thread to write by: not a channel, which an interrupt would close. */
  RandomAccessFile writer() throws StoreException {
    try {
      return new RandomAccessFile(file.toFile(), "rw");
    } catch (IOException e) {
      throw new StoreException(file, "open spool", e);
    }
  }

  /** Bytes for {@code at} have come. */
  void write(RandomAccessFile writer, long at, byte[] bytes, int count) throws IOException {
    if (passedOn(at, bytes, count)) {
      return;
    }
    try {
      writer.seek(at);
      writer.write(bytes, 0, count);
    } catch (IOException e) {
      throw new StoreException(file, "write spool", e);
    }
    lock.lock();
    try {
      extents.add(new Range(at, at + count));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Hands bytes to the reader in memory, if that is how this works at the moment. */
  private boolean passedOn(long at, byte[] bytes, int count) throws IOException {
    lock.lock();
    try {
      if (window != null && at != window.end()) {
        toFile();
      }
      while (window != null && window.room(read) < count) {
        changed.await();
      }
      if (window != null) {
        window.add(bytes, count);
        changed.signalAll();
      }
      return window != null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the reader is waited for");
    } finally {
      lock.unlock();
    }
  }

  /** From here on everything that comes is kept, and of what came the last megabytes. */
  void keep() throws StoreException {
    lock.lock();
    try {
      toFile();
    } finally {
      lock.unlock();
    }
  }

  private void toFile() throws StoreException {
    SpoolWindow last = window;
    if (last == null) {
      return;
    }
    window = null;
    changed.signalAll();
    try (last;
        RandomAccessFile writer = writer()) {
      last.save(writer);
      passed = last.begin();
      if (last.end() > passed) {
        extents.add(new Range(passed, last.end()));
      }
    } catch (IOException e) {
      var full = e instanceof StoreException s ? s : new StoreException(file, "write spool", e);
      failure = full;
      throw full;
    }
  }

  /** No more will come, because of this. */
  void fail(IOException why) {
    lock.lock();
    try {
      failure = failure == null ? why : failure;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the byte at {@code at} is there. Answers how many are from there on. */
  long await(long at) throws IOException {
    lock.lock();
    try {
      read = at;
      changed.signalAll();
      long began = 0;
      while (there(at) == 0) {
        if (failure != null) {
          throw failure;
        }
        began = began == 0 ? System.nanoTime() : began;
        changed.await();
        long now = System.nanoTime();
        waited += now - began;
        began = now;
      }
      return there(at);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for data");
    } finally {
      lock.unlock();
    }
  }

  private long there(long at) {
    return window == null ? extents.endFrom(at) - at : window.end() - at;
  }

  /**
   * Reads bytes that are there.
   *
   * @return how many, at least one
   */
  int read(RandomAccessFile reader, long at, byte[] buffer, int offset, int length)
      throws StoreException {
    lock.lock();
    try {
      if (window != null) {
        return window.get(at, buffer, offset, length);
      }
    } finally {
      lock.unlock();
    }
    try {
      reader.seek(at);
      reader.readFully(buffer, offset, length);
      return length;
    } catch (IOException e) {
      throw new StoreException(file, "read spool", e);
    }
  }

  /** Writes down what is there if that is much more than what was written down last. */
  void saveNowAndThen() throws StoreException {
    if (saving.tryLock()) {
      try {
        if (bytes() - saved >= SAVE) {
          save();
        }
      } finally {
        saving.unlock();
      }
    }
  }

  /** Keeps what is there, and writes it down. */
  void save() throws StoreException {
    keep();
    saving.lock();
    try {
      List<Range> ranges = ranges();
      SpoolMap.write(file, size, ranges);
      saved = ranges.stream().mapToLong(Range::length).sum();
    } catch (IOException e) {
      throw new StoreException(file, "write map of spool", e);
    } finally {
      saving.unlock();
    }
  }

  private List<Range> ranges() {
    return locked(() -> List.copyOf(extents.ranges()));
  }

  /** Nobody writes or reads any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (window != null) {
        window.close();
        window = null;
      }
    } finally {
      lock.unlock();
    }
  }
}
