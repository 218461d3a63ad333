package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/**
 * The file that a journal goes to: gzip while it is small, so that a node which only ever sees
 * small layers never loads zstd's library, else zstd at its fastest.
 */
final class JournalFile extends OutputStream {
  private static final int SMALL = 128 * 1024;
  private static final int FASTEST = 1;

  /** 256 KiB: headers repeat themselves at once or not at all, and memory is short. */
  private static final int WINDOW_LOG = 18;

  private final Path path;
  private ByteArrayOutputStream small = new ByteArrayOutputStream(16 * 1024);
  private OutputStream out = small;
  private boolean large;

  JournalFile(Path path) {
    this.path = path;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (!large && small.size() + length > SMALL) {
      var zstd = new ZstdOutputStreamNoFinalizer(Files.newOutputStream(path), FASTEST);
      zstd.setWindowLog(WINDOW_LOG);
      out = zstd;
      small.writeTo(out);
      small = new ByteArrayOutputStream(0);
      large = true;
    }
    out.write(bytes, offset, length);
  }

  /**
   * Writes what is left.
   *
   * @return bytes of the file
   */
  long finish() throws IOException {
    if (!large) {
      try (var gzip = new GZIPOutputStream(Files.newOutputStream(path))) {
        small.writeTo(gzip);
      }
    } else {
      out.close();
    }
    return Files.size(path);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
