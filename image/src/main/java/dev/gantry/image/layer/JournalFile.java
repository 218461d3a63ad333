package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.BufferedOutputStream;
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
      var zstd = new ZstdOutputStreamNoFinalizer(create(), FASTEST);
      zstd.setWindowLog(WINDOW_LOG);
      out = zstd;
      small.writeTo(out);
      small = new ByteArrayOutputStream(0);
      large = true;
    }
    out.write(bytes, offset, length);
  }

  /** Not one of the JDK's streams, which do not tell a full disk from any other failure. */
  private OutputStream create() throws IOException {
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL;
    return new BufferedOutputStream(At.open(Fd.CWD, path.toString(), flags, 0600).output(), 8192);
  }

  /**
   * Writes what is left.
   *
   * @return bytes of the file
   */
  long finish() throws IOException {
    if (!large) {
      try (var gzip = new GZIPOutputStream(create(), 8192)) {
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
