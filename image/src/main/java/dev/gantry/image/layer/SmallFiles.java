package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.NativeBuffer;
import dev.gantry.linux.Threads;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Gives small files their data, attributes and times on a second thread, beside the one that reads
 * the archive and makes the names. A file is reached by its descriptor only, so whatever becomes of
 * its name meanwhile does not matter; who looks at what a file holds calls {@link #await} before.
 * Files are handed over in batches: a hand-over costs as much as a file.
 */
final class SmallFiles implements AutoCloseable {
  /** Bytes of a file up to which it is a small one. */
  static final int MOST_BYTES = 32 << 10;

  private static final int BATCH_BYTES = 256 << 10;
  private static final int BATCH_FILES = 64;
  private static final int BATCHES = 3;

  private final EntryWriter writer;
  private final Semaphore free = new Semaphore(BATCHES);
  private final ConcurrentLinkedQueue<Batch> used = new ConcurrentLinkedQueue<>();
  private final LinkedBlockingQueue<Batch> full = new LinkedBlockingQueue<>();
  private final List<Batch> made = new ArrayList<>(BATCHES);
  private @Nullable Batch current;
  private @Nullable Thread thread;
  private volatile @Nullable IOException failure;

  SmallFiles(EntryWriter writer) {
    this.writer = writer;
  }

  /**
   * One file.
   *
   * @param at where its data is in the batch's buffer
   */
  private record Item(Fd file, TarEntry entry, int at) {}

  /** Files that are handed over together. */
  private record Batch(NativeBuffer data, List<Item> files) {
    boolean takes(TarEntry entry) {
      return files.size() < BATCH_FILES && data.bytes().remaining() >= entry.size();
    }
  }

  /** Reads the data of a new file, and closes the file when all is in it. */
  void add(Fd file, TarEntry entry, TarReader source) throws IOException {
    boolean added = false;
    try {
      Batch batch = batch(entry);
      ByteBuffer data = batch.data().bytes();
      int at = data.position();
      for (long left = entry.size(); left > 0; ) {
        ByteBuffer some = source.data((int) left);
        if (some == null) {
          throw new LayerException(entry.name(), "file without its data", null);
        }
        left -= some.remaining();
        data.put(some);
      }
      batch.files().add(new Item(file, entry, at));
      added = true;
    } finally {
      if (!added) {
        file.close();
      }
    }
  }

  private Batch batch(TarEntry entry) throws IOException {
    Batch batch = current;
    if (batch != null && batch.takes(entry)) {
      return batch;
    }
    if (batch != null) {
      current = null;
      full.add(batch);
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("layer-files").start(this::run);
      }
    }
    acquire(1);
    Batch next = used.poll();
    if (next == null) {
      next = new Batch(new NativeBuffer(BATCH_BYTES), new ArrayList<>(BATCH_FILES));
      made.add(next);
    }
    next.data().bytes().clear();
    current = next;
    return next;
  }

  /**
   * Returns when all files have what was read for them.
   *
   * @throws LayerException naming the file whose entry is hostile or broken
   * @throws LinuxException when the disk fails
   */
  void await() throws IOException {
    Batch last = current;
    if (last != null) {
      current = null;
      complete(last);
    }
    acquire(BATCHES);
    free.release(BATCHES);
  }

  private void acquire(int batches) throws IOException {
    try {
      free.acquire(batches);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while files are written");
    }
    IOException broken = failure;
    if (broken != null) {
      free.release(batches);
      throw broken;
    }
  }

  private void run() {
    try {
      while (true) {
        complete(full.take());
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void complete(Batch batch) {
    for (Item item : batch.files()) {
      try (Fd file = item.file()) {
        if (failure == null) {
          ByteBuffer data = batch.data().bytes().duplicate();
          data.limit(item.at() + (int) item.entry().size()).position(item.at());
          writer.fill(file, item.entry(), data);
        }
      } catch (LinuxException e) {
        failure = EntryWriter.isOfDisk(e) ? e : EntryWriter.refused(item.entry(), e);
      } catch (IOException e) {
        failure = e;
      } catch (RuntimeException | Error e) {
        failure = new IOException(e);
      }
    }
    batch.files().clear();
    used.add(batch);
    free.release();
  }

  /** Files that have not got their data never will. */
  @Override
  public void close() {
    if (thread != null) {
      Threads.end(List.of(thread));
    }
    for (Batch batch : made) {
      batch.files().forEach(item -> item.file().close());
      batch.data().close();
    }
  }
}
