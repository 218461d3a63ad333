package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.StoreException;
import dev.gantry.image.layer.JournalMoves.Move;
import dev.gantry.image.tar.DirectInput;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarEntry.Segment;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.FileStat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes down, while an archive is unpacked, everything in it that the unpacked files do not hold:
 * headers, padding, whiteouts' data, what follows the end. Together with the files that makes the
 * very same archive again, see {@link LayerTar}. The unpacker reads the archive through this.
 *
 * <p>The journal is a sequence of {@code 'R' length bytes} and {@code 'F' path segments (offset
 * length)…}.
 */
final class TarJournal extends BulkInputStream implements DataLog, DirectInput.Lender {
  static final String FILE = "journal";
  static final int RAW = 'R';
  static final int DATA = 'F';

  private static final int BLOCK = 4096;
  private static final int CHUNK = 32 * 1024;

  private final Path layer;
  private final InputStream archive;
  private final DirectInput direct;
  private final long mostRaw;
  private final JournalFile file;
  private final byte[] raw = new byte[CHUNK];
  private final KeptFiles kept;
  private final List<Move> moves = new ArrayList<>();
  private int buffered;
  private long rawBytes;
  private long files;
  private boolean inFile;

  /**
   * @param layer directory of the layer; the journal is written beside its {@code diff}
   */
  TarJournal(Path layer, InputStream archive, long mostRaw) {
    this.layer = layer;
    this.archive = archive;
    this.direct = new DirectInput(archive);
    this.mostRaw = mostRaw;
    this.kept = new KeptFiles(layer);
    this.file = new JournalFile(layer.resolve(FILE));
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = archive.read(buffer, offset, length);
    if (n > 0 && !inFile) {
      raw(buffer, offset, n);
    }
    return n;
  }

  /** Of a file's data only: what is to be written down is read. */
  @Override
  public @Nullable ByteBuffer lend(int most) throws IOException {
    if (!inFile) {
      throw new IllegalStateException("not in a file");
    }
    return direct.next(most);
  }

  private void raw(byte[] bytes, int offset, int length) throws IOException {
    rawBytes += length;
    if (rawBytes > mostRaw) {
      throw new LayerException("", "headers of more than " + mostRaw + " bytes", null);
    }
    int done = 0;
    while (done < length) {
      int n = Math.min(length - done, raw.length - buffered);
      System.arraycopy(bytes, offset + done, raw, buffered, n);
      buffered += n;
      done += n;
      if (buffered == raw.length) {
        flushRaw();
      }
    }
  }

  private void flushRaw() throws IOException {
    if (buffered > 0) {
      var operation = new ByteArrayOutputStream(8);
      operation.write(RAW);
      Varint.write(operation, buffered);
      write(operation.toByteArray(), operation.size());
      write(raw, buffered);
      buffered = 0;
    }
  }

  /** A failure here is the disk's, not the archive's. */
  private void write(byte[] bytes, int length) throws StoreException {
    try {
      file.write(bytes, 0, length);
    } catch (IOException e) {
      throw new StoreException(layer, "write tar journal of", e);
    }
  }

  @Override
  public void fileBegins(String path, TarEntry entry) throws IOException {
    if (entry.storedSize() == 0) {
      return;
    }
    flushRaw();
    List<Segment> segments =
        entry.sparse() == null ? List.of(new Segment(0, entry.size())) : entry.sparse();
    var operation = new ByteArrayOutputStream(path.length() + 16);
    operation.write(DATA);
    Varint.writeName(operation, path);
    Varint.write(operation, segments.size());
    for (Segment s : segments) {
      Varint.write(operation, s.offset());
      Varint.write(operation, s.length());
    }
    write(operation.toByteArray(), operation.size());
    files++;
    inFile = true;
  }

  @Override
  public void fileEnds() {
    inFile = false;
  }

  @Override
  public void linked(String path) {
    kept.linked(path);
  }

  @Override
  public void discard(Fd parent, String name, String path, FileStat stat) throws IOException {
    String place = kept.take(parent, name, path, stat);
    if (place != null) {
      moves.add(new Move(files + 1, path, "/" + place));
    }
  }

  /** Reads what follows the archive's end, so that it is written down and verified. */
  void drain() throws IOException {
    byte[] rest = new byte[16 * 1024];
    int n;
    do {
      n = read(rest, 0, rest.length);
    } while (n >= 0);
  }

  /**
   * Completes the journal.
   *
   * @return disk space it takes in bytes
   */
  long finish() throws IOException {
    flushRaw();
    long bytes;
    try {
      bytes = file.finish();
      JournalMoves.append(layer, moves);
    } catch (IOException e) {
      throw new StoreException(layer, "write tar journal of", e);
    }
    long space = bytes + kept.copied();
    return (space + BLOCK - 1) / BLOCK * BLOCK + (moves.isEmpty() ? 0 : 2 * BLOCK);
  }

  /** Does not close the archive. */
  @Override
  public void close() throws IOException {
    kept.close();
    file.close();
  }
}
