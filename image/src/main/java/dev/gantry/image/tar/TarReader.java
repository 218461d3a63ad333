package dev.gantry.image.tar;

import dev.gantry.image.tar.TarEntry.Segment;
import dev.gantry.linux.FileName;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive member by member: ustar, pax (local and global headers), GNU long names and
 * links, star, base-256 numbers, sparse files of all four kinds.
 *
 * <p>Nothing is trusted: headers are bounded by {@link TarLimits}, an unknown type, a wrong
 * checksum or a number that is none is a {@link TarException}, an archive that ends early an {@link
 * EOFException}. Names and links are handed on as written. Not thread-safe.
 */
public final class TarReader {
  private final TarInput in;
  private final SparseReader sparse;
  private final TarLimits limits;
  private final byte[] block = new byte[TarBlock.SIZE];

  private PaxRecords global = PaxRecords.NONE;
  private boolean ended;

  public TarReader(InputStream in, TarLimits limits) {
    this.in = new TarInput(in);
    this.sparse = new SparseReader(this.in, limits);
    this.limits = limits;
  }

  /** Offset in the archive, in bytes. */
  public long position() {
    return in.position();
  }

  /** The next member, or null at the end; what is left of the current one is skipped. */
  public @Nullable TarEntry next() throws IOException {
    if (ended) {
      return null;
    }
    in.end();
    var extended = new Extended();
    while (readHeader(extended)) {
      long at = in.position() - TarBlock.SIZE;
      var header = new TarBlock(block, at);
      header.verifyChecksum();
      switch (header.typeFlag()) {
        case 'x', 'X' -> extended.add(PaxRecords.parse(extra(header), at), at, limits);
        case 'g' -> addGlobal(PaxRecords.parse(extra(header), at), at);
        case 'L' -> extended.longName = longText(header);
        case 'K' -> extended.longLink = longText(header);
        default -> {
          return entry(header, extended, at);
        }
      }
      extended.pending = true;
    }
    ended = true;
    return null;
  }

  /** Data of the current member, holes left out; -1 at its end. */
  public int read(byte[] buffer, int offset, int length) throws IOException {
    return in.read(buffer, offset, length);
  }

  /**
   * Data of the current member, holes left out, in a direct buffer that is good until the next
   * call; null at its end.
   *
   * @param most bytes
   */
  public @Nullable ByteBuffer data(int most) throws IOException {
    return in.data(most);
  }

  /** A source that can leave bytes out without reading them. */
  public interface Seekable {
    /**
     * Goes {@code count} bytes on.
     *
     * @throws EOFException when there are not that many
     */
    void forward(long count) throws IOException;
  }

  /** What came before a member's own header and applies to it. */
  private static final class Extended {
    PaxRecords pax = PaxRecords.NONE;
    @Nullable String longName;
    @Nullable String longLink;
    boolean pending;

    /** Several may precede one member; together they are bounded as one is. */
    void add(PaxRecords records, long at, TarLimits limits) throws TarException {
      pax = pax.with(records);
      if (pax.bytes() > limits.headerBytes()) {
        throw new TarException(at, "extended headers exceed " + limits.headerBytes() + " bytes");
      }
    }
  }

  private boolean readHeader(Extended extended) throws IOException {
    if (!in.block(block)) {
      if (extended.pending) {
        throw in.ended("a header");
      }
      return false; // some writers leave out the two zero blocks
    }
    if (!TarBlock.isZero(block)) {
      return true;
    }
    if (extended.pending) {
      throw new TarException(in.position(), "the archive ends after an extended header");
    }
    return false;
  }

  private void addGlobal(PaxRecords records, long at) throws TarException {
    global = global.with(records);
    if (global.bytes() > limits.globalBytes()) {
      throw new TarException(at, "global pax headers exceed " + limits.globalBytes() + " bytes");
    }
  }

  private byte[] extra(TarBlock header) throws IOException {
    long size = header.size();
    if (size < 0 || size > limits.headerBytes()) {
      throw new TarException(
          in.position(), "extended header of " + size + " bytes exceeds " + limits.headerBytes());
    }
    return in.extra((int) size);
  }

  private String longText(TarBlock header) throws IOException {
    byte[] data = extra(header);
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return FileName.toString(Arrays.copyOf(data, end));
  }

  private TarEntry entry(TarBlock header, Extended extended, long at) throws IOException {
    PaxRecords pax = global.with(extended.pax);
    String name = first(pax.text("GNU.sparse.name", at), pax.text("path", at), extended.longName);
    String link = first(null, pax.text("linkpath", at), extended.longLink);
    String finalName = name == null ? header.name() : name;
    EntryType type = type(header, finalName, at);
    long stored = pax.number("size", header.size(), at);
    if (stored < 0) {
      throw new TarException(at, "negative size of '" + finalName + "'");
    }
    List<Segment> map = null;
    long size = type == EntryType.FILE ? stored : 0;
    // Links, directories and devices have no data, whatever some writers put into the field.
    in.begin(size);
    if (type == EntryType.FILE) {
      map = sparse.map(header, block, pax, at);
      if (map != null) {
        size = SparseReader.realSize(header, pax, stored, at);
        SparseMap.verify(map, size, in.remaining(), at);
      }
    }
    String modified = pax.text("mtime", at);
    String accessed = pax.text("atime", at);
    return new TarEntry(
        finalName,
        type,
        (int) header.mode() & 07777,
        pax.number("uid", header.uid(), at),
        pax.number("gid", header.gid(), at),
        size,
        modified == null ? Instant.ofEpochSecond(header.mtime()) : PaxTime.parse(modified, at),
        accessed == null ? null : PaxTime.parse(accessed, at),
        link == null ? header.linkName() : link,
        header.deviceMajor(),
        header.deviceMinor(),
        extended.pax == PaxRecords.NONE && global == PaxRecords.NONE ? Map.of() : pax.xattrs(at),
        map);
  }

  private static @Nullable String first(
      @Nullable String a, @Nullable String b, @Nullable String c) {
    return a != null ? a : b != null ? b : c;
  }

  private static EntryType type(TarBlock header, String name, long at) throws TarException {
    char flag = header.typeFlag();
    return switch (flag) {
      // The seventh edition had no type for directories: a slash at the end of the name made one.
      case '0', 0 -> name.endsWith("/") ? EntryType.DIRECTORY : EntryType.FILE;
      case '7', 'S' -> EntryType.FILE;
      case '1' -> EntryType.HARD_LINK;
      case '2' -> EntryType.SYMLINK;
      case '3' -> EntryType.CHARACTER_DEVICE;
      case '4' -> EntryType.BLOCK_DEVICE;
      case '5' -> EntryType.DIRECTORY;
      case '6' -> EntryType.FIFO;
      default ->
          throw new TarException(
              at,
              "'"
                  + name
                  + "' has the unknown type "
                  + (flag > ' ' && flag < 127 ? "'" + flag + "'" : "" + (int) flag));
    };
  }
}
