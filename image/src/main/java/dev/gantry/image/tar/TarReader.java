package dev.gantry.image.tar;

import dev.gantry.image.tar.TarEntry.Segment;
import dev.gantry.linux.FileName;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
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
  private final InputStream in;
  private final TarLimits limits;
  private final byte[] block = new byte[TarBlock.SIZE];
  private final byte[] scratch = new byte[16 * 1024];

  private PaxRecords global = PaxRecords.NONE;
  private long position;
  private long remaining;
  private int padding;
  private boolean ended;

  public TarReader(InputStream in, TarLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /** Offset in the archive, in bytes. */
  public long position() {
    return position;
  }

  /** The next member, or null at the end; what is left of the current one is skipped. */
  public @Nullable TarEntry next() throws IOException {
    if (ended) {
      return null;
    }
    skip(remaining + padding);
    remaining = 0;
    padding = 0;
    var extended = new Extended();
    while (readHeader(extended)) {
      long at = position - TarBlock.SIZE;
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
    if (remaining == 0) {
      return -1;
    }
    int n = in.read(buffer, offset, (int) Math.min(length, remaining));
    if (n < 0) {
      throw new EOFException("the archive ends inside a file, at byte " + position);
    }
    remaining -= n;
    position += n;
    return n;
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
    int n = in.readNBytes(block, 0, TarBlock.SIZE);
    position += n;
    if (n == 0 && !extended.pending) {
      return false; // some writers leave out the two zero blocks
    }
    if (n < TarBlock.SIZE) {
      throw new EOFException("the archive ends inside a header, at byte " + position);
    }
    if (!TarBlock.isZero(block)) {
      return true;
    }
    if (extended.pending) {
      throw new TarException(position, "the archive ends after an extended header");
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
          position, "extended header of " + size + " bytes exceeds " + limits.headerBytes());
    }
    byte[] data = in.readNBytes((int) size);
    position += data.length;
    if (data.length < size) {
      throw new EOFException("the archive ends inside an extended header, at byte " + position);
    }
    skip(paddingOf(size));
    return data;
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
    List<Segment> sparse = null;
    long size = type == EntryType.FILE ? stored : 0;
    // Links, directories and devices have no data, whatever some writers put into the field.
    remaining = size;
    padding = paddingOf(size);
    if (type == EntryType.FILE) {
      sparse = sparse(header, pax, at);
      if (sparse != null) {
        size = realSize(header, pax, stored, at);
        SparseMap.verify(sparse, size, remaining, at);
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
        sparse);
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

  private @Nullable List<Segment> sparse(TarBlock header, PaxRecords pax, long at)
      throws IOException {
    if (header.typeFlag() == 'S') {
      return oldGnuMap(header, at);
    }
    if (pax.number("GNU.sparse.major", 0, at) == 1) {
      return mapInData(at);
    }
    return SparseMap.fromPax(pax, at);
  }

  private static long realSize(TarBlock header, PaxRecords pax, long stored, long at)
      throws TarException {
    if (header.typeFlag() == 'S') {
      return header.number(483, 12, "real size");
    }
    long size = pax.number("GNU.sparse.size", stored, at);
    return pax.number("GNU.sparse.realsize", size, at);
  }

  private List<Segment> oldGnuMap(TarBlock header, long at) throws IOException {
    var segments = new ArrayList<Segment>();
    boolean last = SparseMap.oldGnu(header, 386, 4, block, segments);
    byte[] more = new byte[TarBlock.SIZE];
    for (int bytes = TarBlock.SIZE; !last; bytes += TarBlock.SIZE) {
      if (bytes > limits.headerBytes()) {
        throw new TarException(at, "sparse map exceeds " + limits.headerBytes() + " bytes");
      }
      if (in.readNBytes(more, 0, more.length) < more.length) {
        throw new EOFException("the archive ends inside a sparse map, at byte " + position);
      }
      position += more.length;
      last = SparseMap.oldGnu(new TarBlock(more, at), 0, 21, more, segments);
    }
    return segments;
  }

  /** Pax 1.0: the map is text before the data, padded to a block; it counts as stored data. */
  private List<Segment> mapInData(long at) throws IOException {
    long before = remaining;
    int count = (int) Math.min(mapNumber(at), Integer.MAX_VALUE);
    var segments = new ArrayList<Segment>();
    for (int i = 0; i < count; i++) {
      segments.add(new Segment(mapNumber(at), mapNumber(at)));
      if (before - remaining > limits.headerBytes()) {
        throw new TarException(at, "sparse map exceeds " + limits.headerBytes() + " bytes");
      }
    }
    int rest = paddingOf(before - remaining);
    if (rest > remaining) {
      throw new TarException(at, "sparse map is longer than the file's data");
    }
    remaining -= rest;
    skip(rest);
    return segments;
  }

  private long mapNumber(long at) throws IOException {
    var digits = new StringBuilder();
    byte[] one = new byte[1];
    while (true) {
      if (read(one, 0, 1) < 0) {
        throw new TarException(at, "sparse map is longer than the file's data");
      }
      if (one[0] == '\n') {
        return SparseMap.decimal(digits.toString(), at);
      }
      if (digits.length() > 18) {
        throw new TarException(at, "sparse map: number too long");
      }
      digits.append((char) (one[0] & 0xff));
    }
  }

  private static int paddingOf(long size) {
    return (int) (-size & (TarBlock.SIZE - 1));
  }

  private void skip(long count) throws IOException {
    long left = count;
    if (in instanceof Seekable s && left > 0) {
      s.forward(left);
      position += left;
      return;
    }
    while (left > 0) {
      int n = in.read(scratch, 0, (int) Math.min(left, scratch.length));
      if (n < 0) {
        throw new EOFException("the archive ends inside a file, at byte " + position);
      }
      left -= n;
      position += n;
    }
  }
}
