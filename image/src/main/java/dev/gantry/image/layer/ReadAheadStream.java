package dev.gantry.image.layer;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.tar.DirectInput;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.linux.NativeBuffer;
import dev.gantry.linux.Threads;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads its source on a thread of its own, at most {@value #CHUNKS} chunks of {@value #CHUNK_BYTES}
 * bytes ahead, so that one step of the work on a layer runs beside the next. Errors of the source
 * reach the reader where they happened; closing interrupts the source and waits until it is closed.
 * The chunks are outside the heap: libraries fill and hash them and the kernel takes them to the
 * disk with no copy between.
 */
final class ReadAheadStream extends BulkInputStream implements DirectInput.Lender {
  static final int CHUNK_BYTES = 128 * 1024;
  static final int CHUNKS = 8;

  /** Opens the source, on the thread that reads it. */
  interface Source {
    ReadableByteChannel open() throws IOException;
  }

  /**
   * What the reader gets.
   *
   * @param bytes null at the end
   */
  private record Chunk(@Nullable ByteBuffer bytes, @Nullable IOException failure) {}

  /**
   * Chunks that have to be hashed before they are read, where there is a digest to compare with.
   */
  private final BlockingQueue<Chunk> unhashed = new ArrayBlockingQueue<>(CHUNKS);

  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(CHUNKS);
  private final List<NativeBuffer> made = new ArrayList<>(CHUNKS);
  private final List<Thread> threads;
  private Chunk current = new Chunk(ByteBuffer.allocate(0), null);

  private ReadAheadStream(Source source, Thread.Builder thread) {
    threads = List.of(thread.unstarted(() -> produce(source, full)));
    threads.forEach(Thread::start);
  }

  private ReadAheadStream(Source source, Digest expected) {
    Thread.Builder thread = Thread.ofPlatform().daemon();
    threads =
        List.of(
            thread.name("layer-inflate").unstarted(() -> produce(source, unhashed)),
            thread.name("layer-hash").unstarted(() -> hash(expected)));
    threads.forEach(Thread::start);
  }

  /** Reads on a virtual thread, for a source that waits: a connection. */
  static ReadAheadStream waiting(InputStream source) {
    Thread.Builder thread = Thread.ofVirtual().name("layer-download");
    return new ReadAheadStream(() -> new PlainChannel(source), thread);
  }

  /**
   * Reads on a platform thread, for a source that computes, which no carrier has time for, and
   * hashes on another one.
   *
   * @param expected digest of what the source gives; another one fails at the end
   */
  static ReadAheadStream computing(Source source, Digest expected) {
    return new ReadAheadStream(source, expected);
  }

  private void produce(Source opened, BlockingQueue<Chunk> to) {
    try (ReadableByteChannel source = opened.open()) {
      boolean ended = false;
      while (!ended) {
        ByteBuffer chunk = chunk();
        while (chunk.hasRemaining() && !ended) {
          ended = source.read(chunk) < 0;
        }
        chunk.flip();
        if (chunk.hasRemaining()) {
          to.put(new Chunk(chunk, null));
        }
      }
      to.put(new Chunk(null, null));
    } catch (IOException e) {
      fail(e, to);
    } catch (RuntimeException | Error e) {
      fail(new IOException(e), to);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void hash(Digest expected) {
    try (StreamHash hash = StreamHash.of(expected.algorithm())) {
      Chunk chunk = unhashed.take();
      ByteBuffer bytes = chunk.bytes();
      while (bytes != null) {
        hash.update(bytes.duplicate());
        full.put(chunk);
        chunk = unhashed.take();
        bytes = chunk.bytes();
      }
      if (chunk.failure() == null) {
        verify(hash, expected);
      }
      full.put(chunk);
    } catch (IOException e) {
      fail(e, full);
    } catch (RuntimeException | Error e) {
      fail(new IOException(e), full);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private ByteBuffer chunk() throws InterruptedException {
    ByteBuffer used = empty.poll();
    if (used == null && made.size() < CHUNKS) {
      made.add(new NativeBuffer(CHUNK_BYTES));
      return made.getLast().bytes();
    }
    return (used == null ? empty.take() : used).clear();
  }

  private static void verify(StreamHash hash, Digest expected) throws DigestMismatchException {
    Digest actual = hash.finish();
    if (!actual.equals(expected)) {
      throw new DigestMismatchException("unpacked layer", expected, actual);
    }
  }

  private static void fail(IOException e, BlockingQueue<Chunk> to) {
    try {
      to.put(new Chunk(null, e));
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is left of the chunk at hand, or the next one; null at the end. */
  private @Nullable ByteBuffer bytes() throws IOException {
    ByteBuffer bytes = current.bytes();
    while (bytes != null && !bytes.hasRemaining()) {
      if (bytes.isDirect()) {
        empty.offer(bytes);
      }
      try {
        current = full.take();
      } catch (InterruptedException e) {
        current = new Chunk(ByteBuffer.allocate(0), null);
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for data");
      }
      bytes = current.bytes();
    }
    IOException failure = current.failure();
    if (failure != null) {
      throw failure; // also to who reads on: nothing follows it
    }
    return bytes;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    ByteBuffer bytes = bytes();
    if (bytes == null) {
      return -1;
    }
    int n = Math.min(length, bytes.remaining());
    bytes.get(buffer, offset, n);
    return n;
  }

  @Override
  public @Nullable ByteBuffer lend(int most) throws IOException {
    ByteBuffer bytes = bytes();
    if (bytes == null) {
      return null;
    }
    int n = Math.min(most, bytes.remaining());
    ByteBuffer lent = bytes.slice(bytes.position(), n);
    bytes.position(bytes.position() + n);
    return lent;
  }

  @Override
  public void close() {
    stop();
    made.forEach(NativeBuffer::close);
  }

  /** Ends the threads, so that what its source reads from can be read by the caller. */
  void stop() {
    Threads.end(threads);
  }
}
