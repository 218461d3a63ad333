package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.oci.Digest;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The archive that a layer was unpacked from, byte for byte, out of its journal and its files; or
 * the archive itself where the layer is one. For one platform thread.
 */
public final class LayerTar extends BulkInputStream {
  private static final int MOST_SEGMENTS = 1 << 20;

  private final Path layer;
  private final InputStream journal;
  private final JournalMoves moves;
  private @Nullable RandomAccessFile file;
  private String name = "";
  private long rawLeft;
  private long segmentLeft;
  private long segments;
  private long files;

  private LayerTar(Path layer, InputStream journal, JournalMoves moves) {
    this.layer = layer;
    this.journal = journal;
    this.moves = moves;
  }

  /** Whether the layer is its archive or has a journal; one that an older Gantry made has none. */
  public static boolean isPossible(Path layer) {
    return LayerArchive.hasFile(layer) || Files.isRegularFile(layer.resolve(TarJournal.FILE));
  }

  /**
   * Opens the archive of a layer, which the caller keeps from being removed.
   *
   * @param layer its directory, which holds {@code diff}
   * @param diffId what it must be; a stream that is read to its end and is another one throws
   *     {@link dev.gantry.image.DigestMismatchException} there
   * @throws LayerException when the layer has no journal or a damaged one, or lacks a file
   */
  public static InputStream open(Path layer, Digest diffId) throws IOException {
    verifyPossible(layer, diffId);
    return new VerifyingStream(
        LayerArchive.hasFile(layer) ? Files.newInputStream(LayerArchive.file(layer)) : made(layer),
        "archive of the stored layer",
        diffId,
        -1,
        n -> {});
  }

  private static InputStream made(Path layer) throws IOException {
    JournalMoves moves = JournalMoves.read(layer);
    InputStream file = Files.newInputStream(layer.resolve(TarJournal.FILE));
    try {
      var journal = new BufferedInputStream(Decompression.stream(file), 64 * 1024);
      return new LayerTar(layer, journal, moves);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void verifyPossible(Path layer, Digest diffId) throws LayerException {
    if (!isPossible(layer)) {
      throw new LayerException(
          "", "layer " + diffId + " has no tar journal: pull its image again", null);
    }
  }

  /**
   * How many bytes {@link #open} gives, without reading a file of the layer.
   *
   * @throws LayerException when the layer has no journal or a damaged one
   */
  public static long size(Path layer, Digest diffId) throws IOException {
    verifyPossible(layer, diffId);
    if (LayerArchive.hasFile(layer)) {
      return Files.size(LayerArchive.file(layer));
    }
    long size = 0;
    try (InputStream file = Files.newInputStream(layer.resolve(TarJournal.FILE));
        var journal = new BufferedInputStream(Decompression.stream(file), 64 * 1024)) {
      for (int kind = journal.read(); kind >= 0; kind = journal.read()) {
        if (kind == TarJournal.RAW) {
          long raw = Varint.read(journal);
          journal.skipNBytes(raw);
          size += raw;
        } else {
          Varint.readName(journal);
          for (long segments = Varint.read(journal); segments > 0; segments--) {
            Varint.read(journal);
            size += Varint.read(journal);
          }
        }
      }
      return size;
    } catch (EOFException e) {
      throw new LayerException("", "tar journal of " + layer + " is cut off", e);
    }
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (rawLeft == 0 && segmentLeft == 0) {
      if (segments > 0) {
        segment();
      } else if (!operation()) {
        return -1;
      }
    }
    return rawLeft > 0 ? raw(buffer, offset, length) : data(buffer, offset, length);
  }

  private int raw(byte[] buffer, int offset, int length) throws IOException {
    int n = journal.read(buffer, offset, (int) Math.min(length, rawLeft));
    if (n < 0) {
      throw damaged("ends inside a header");
    }
    rawLeft -= n;
    return n;
  }

  private int data(byte[] buffer, int offset, int length) throws IOException {
    RandomAccessFile open = file;
    int n = open == null ? -1 : open.read(buffer, offset, (int) Math.min(length, segmentLeft));
    if (n < 0) {
      throw new LayerException(name, "the stored file is shorter than the archive's", null);
    }
    segmentLeft -= n;
    return n;
  }

  private boolean operation() throws IOException {
    closeFile();
    int kind = journal.read();
    switch (kind) {
      case -1 -> {
        return false;
      }
      case TarJournal.RAW -> rawLeft = Varint.read(journal);
      case TarJournal.DATA -> {
        name = Varint.readName(journal);
        segments = Varint.read(journal);
        if (segments > MOST_SEGMENTS) {
          throw damaged(segments + " segments of a file");
        }
        openFile();
      }
      default -> throw damaged("unknown operation " + kind);
    }
    return true;
  }

  private void segment() throws IOException {
    long at = Varint.read(journal);
    segmentLeft = Varint.read(journal);
    segments--;
    RandomAccessFile open = file;
    if (open != null && at != open.getFilePointer()) {
      open.seek(at);
    }
  }

  private void openFile() throws IOException {
    files++;
    String now = moves.now(files, name);
    boolean kept = now.startsWith("/");
    Path root = layer.resolve(kept ? KeptFiles.DIRECTORY : "diff");
    int flags = OpenFlags.RDONLY | OpenFlags.NONBLOCK | OpenFlags.NOFOLLOW;
    try (Fd directory = At.open(Fd.CWD, root.toString(), LayerTree.DIRECTORY, 0);
        Fd fd =
            At.openIn(
                directory,
                kept ? now.substring(1) : now,
                flags,
                0,
                Resolve.BENEATH,
                Resolve.NO_SYMLINKS)) {
      if (!At.stat(fd).isRegular()) {
        throw new LayerException(name, "is no regular file in the store", null);
      }
      file = new RandomAccessFile(fd.procPath(), "r");
    } catch (dev.gantry.linux.LinuxException e) {
      throw new LayerException(name, "cannot be read in the store: " + e.getMessage(), e);
    }
  }

  private void closeFile() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }

  private LayerException damaged(String why) {
    return new LayerException("", "tar journal of " + layer + ": " + why, null);
  }

  @Override
  public void close() throws IOException {
    closeFile();
    journal.close();
  }
}
