package dev.gantry.image.transfer;

import dev.gantry.image.StoreException;
import dev.gantry.image.transfer.Extents.Range;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.RecordFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file that fills with a blob's bytes in any order while it is read from its beginning. Beside it
 * lies a map of what is there. Neither is synced: the map is written after the bytes it tells of,
 * so it is right as long as the kernel lives, and one of an earlier boot is not believed.
 */
final class Spool {
  static final String MAP = ".map";
  private static final int VERSION = 1;

  /** Bytes after which the map is written: as many as a kill may cost. */
  private static final long SAVE = 4L << 20;

  private final Path file;
  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Extents extents;
  private final ReentrantLock saving = new ReentrantLock();
  private @Nullable IOException failure;
  private long waited;

  /** Bytes that the map on disk tells of; guarded by {@link #saving}. */
  private long saved;

  private Spool(Path file, long size, Extents extents) {
    this.file = file;
    this.size = size;
    this.extents = extents;
    this.saved = extents.total();
  }

  /** The spool in {@code file}, with what an earlier try left there. */
  static Spool open(Path file, long size) throws StoreException {
    try {
      Extents known = known(file, size).orElseGet(Extents::new);
      if (known.total() == 0) {
        delete(file);
      }
      return new Spool(file, size, known);
    } catch (IOException e) {
      throw new StoreException(file, "open spool", e);
    }
  }

  private static Optional<Extents> known(Path file, long size) throws IOException {
    Optional<RecordFile.Content> map;
    try {
      map = RecordFile.read(map(file));
    } catch (CorruptRecordException torn) {
      return Optional.empty();
    }
    if (map.isEmpty()
        || !map.get().ofThisBoot()
        || map.get().version() != VERSION
        || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    String[] lines = new String(map.get().payload(), StandardCharsets.US_ASCII).split("\n", -1);
    long bytes = Files.size(file);
    var extents = new Extents();
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      String[] range = lines[i].split(" ", -1);
      extents.add(new Range(Long.parseLong(range[0]), Long.parseLong(range[1])));
    }
    boolean fits = lines[0].equals(Long.toString(size)) && extents.endFrom(bytes) == bytes;
    return fits ? Optional.of(extents) : Optional.empty();
  }

  /** Whether it is the map beside a spool. */
  static boolean isMap(Path file) {
    return file.getFileName().toString().endsWith(MAP);
  }

  private static Path map(Path file) {
    return file.resolveSibling(file.getFileName() + MAP);
  }

  static void delete(Path file) throws IOException {
    // The map first: without it the file means nothing.
    RecordFile.delete(map(file));
    Files.deleteIfExists(file);
  }

  long size() {
    return size;
  }

  /** What is missing, in order. */
  List<Range> gaps() {
    lock.lock();
    try {
      return extents.gaps(size);
    } finally {
      lock.unlock();
    }
  }

  /** Bytes that are there. */
  long bytes() {
    lock.lock();
    try {
      return extents.total();
    } finally {
      lock.unlock();
    }
  }

  /** Nanoseconds for which the reader has waited for bytes. */
  long waitedNanos() {
    lock.lock();
    try {
      return waited;
    } finally {
      lock.unlock();
    }
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
  void write(RandomAccessFile writer, long at, byte[] bytes, int count) throws StoreException {
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
      long began = 0;
      while (extents.endFrom(at) == at) {
        if (failure != null) {
          throw failure;
        }
        began = began == 0 ? System.nanoTime() : began;
        changed.await();
        long now = System.nanoTime();
        waited += now - began;
        began = now;
      }
      return extents.endFrom(at) - at;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for data");
    } finally {
      lock.unlock();
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

  /** Writes down what is there. */
  void save() throws StoreException {
    saving.lock();
    try {
      var text = new StringBuilder().append(size).append('\n');
      List<Range> ranges = ranges();
      ranges.forEach(r -> text.append(r.from()).append(' ').append(r.to()).append('\n'));
      byte[] payload = text.toString().getBytes(StandardCharsets.US_ASCII);
      RecordFile.write(map(file), VERSION, payload, RecordFile.Durability.NONE);
      saved = ranges.stream().mapToLong(r -> r.to() - r.from()).sum();
    } catch (IOException e) {
      throw new StoreException(file, "write map of spool", e);
    } finally {
      saving.unlock();
    }
  }

  private List<Range> ranges() {
    lock.lock();
    try {
      return List.copyOf(extents.ranges());
    } finally {
      lock.unlock();
    }
  }

  RandomAccessFile reader() throws StoreException {
    return writer();
  }

  StoreException unreadable(IOException e) {
    return new StoreException(file, "read spool", e);
  }
}
