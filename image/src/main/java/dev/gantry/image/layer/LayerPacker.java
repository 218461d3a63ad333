package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.gantry.oci.Digest;
import dev.gantry.oci.MediaTypes.Compression;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.zip.GZIPOutputStream;

/** Compresses the archive of a layer into a file, for what has to know digest and size first. */
public final class LayerPacker {
  private static final int BUFFER = 64 * 1024;

  private LayerPacker() {}

  /**
   * A blob in a file.
   *
   * @param size in bytes
   */
  public record Packed(Path file, Digest digest, long size) {}

  /**
   * Packs an archive.
   *
   * @param file what is in it is replaced; it is the caller's to delete, come what may
   * @param progress told how many bytes of the archive are done
   * @throws InterruptedIOException when the thread is interrupted
   */
  public static Packed pack(
      InputStream archive, Compression compression, Path file, LongConsumer progress)
      throws IOException {
    try (var hash = StreamHash.of(Digest.Algorithm.SHA256);
        var hashed = new HashingOutput(Files.newOutputStream(file), hash)) {
      try (OutputStream out = compressing(compression, hashed)) {
        copy(archive, out, progress);
      }
      return new Packed(file, hash.finish(), hashed.size);
    }
  }

  private static OutputStream compressing(Compression compression, OutputStream out)
      throws IOException {
    return switch (compression) {
      case NONE -> out;
      case GZIP -> new BufferedOutputStream(new GZIPOutputStream(out, BUFFER), BUFFER);
      case ZSTD -> new ZstdOutputStreamNoFinalizer(out);
    };
  }

  /**
   * Copies to the end.
   *
   * @throws InterruptedIOException when the thread is interrupted
   */
  public static void copy(InputStream in, OutputStream out, LongConsumer progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long sum = 0;
    int n;
    while ((n = in.read(buffer)) >= 0) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      out.write(buffer, 0, n);
      sum += n;
      progress.accept(sum);
    }
  }

  private static final class HashingOutput extends FilterOutputStream {
    private final StreamHash hash;
    private long size;

    HashingOutput(OutputStream out, StreamHash hash) {
      super(out);
      this.hash = hash;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      hash.update(bytes, offset, length);
      size += length;
    }
  }
}
