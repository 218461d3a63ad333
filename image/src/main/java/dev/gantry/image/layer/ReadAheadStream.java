package dev.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads its source on a thread of its own, at most {@value #CHUNKS} chunks of {@value #CHUNK_BYTES}
 * bytes ahead, so that one step of the work on a layer runs beside the next. Errors of the source
 * reach the reader where they happened; closing interrupts the source and waits until it is closed.
 */
final class ReadAheadStream extends InputStream {
  static final int CHUNK_BYTES = 128 * 1024;
  static final int CHUNKS = 6;

  /** Opens the source, on the thread that reads it. */
  interface Source {
    InputStream open() throws IOException;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared, handed from one owner to the next
  private record Chunk(byte[] bytes, int length, @Nullable IOException failure) {}

  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(CHUNKS);
  private final Thread producer;
  private Chunk current = new Chunk(new byte[0], 0, null);
  private int at;
  private boolean ended;

  private ReadAheadStream(Source source, Thread.Builder thread) {
    producer = thread.unstarted(() -> produce(source));
    producer.start();
  }

  /** Reads on a virtual thread, for a source that waits: a connection. */
  static ReadAheadStream waiting(InputStream source) {
    return new ReadAheadStream(() -> source, Thread.ofVirtual().name("layer-download"));
  }

  /** Reads on a platform thread, for a source that computes, which no carrier has time for. */
  static ReadAheadStream computing(Source source) {
    return new ReadAheadStream(source, Thread.ofPlatform().daemon().name("layer-inflate"));
  }

  private void produce(Source opened) {
    try (InputStream source = opened.open()) {
      int made = 0;
      while (true) {
        byte[] bytes = empty.poll();
        if (bytes == null) {
          bytes = made++ < CHUNKS ? new byte[CHUNK_BYTES] : empty.take();
        }
        int n = source.readNBytes(bytes, 0, bytes.length);
        if (n > 0) {
          full.put(new Chunk(bytes, n, null));
        }
        if (n < bytes.length) {
          full.put(new Chunk(bytes, -1, null));
          return;
        }
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new IOException(e));
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(IOException e) {
    try {
      full.put(new Chunk(new byte[0], 0, e));
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (!ended && at == current.length()) {
      if (current.length() > 0) {
        empty.offer(current.bytes());
      }
      try {
        current = full.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for data");
      }
      at = 0;
      ended = current.length() < 0 || current.failure() != null;
    }
    IOException failure = current.failure();
    if (failure != null) {
      throw failure; // also to who reads on: nothing follows it
    }
    if (ended) {
      return -1;
    }
    int n = Math.min(length, current.length() - at);
    System.arraycopy(current.bytes(), at, buffer, offset, n);
    at += n;
    return n;
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends the thread, so that what its source reads from can be read by the caller. */
  void stop() {
    producer.interrupt();
    boolean interrupted = false;
    while (producer.isAlive()) {
      try {
        producer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
