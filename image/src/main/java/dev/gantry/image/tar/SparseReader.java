package dev.gantry.image.tar;

import dev.gantry.image.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the map of a sparse file wherever the four forms keep it. */
final class SparseReader {
  private static final int MOST_DIGITS = 18;

  private final TarInput in;
  private final TarLimits limits;

  SparseReader(TarInput in, TarLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /**
   * The map of the member whose header was just read, null when it has no holes.
   *
   * @param raw the header's block
   */
  @Nullable List<Segment> map(TarBlock header, byte[] raw, PaxRecords pax, long at)
      throws IOException {
    if (header.typeFlag() == 'S') {
      return oldGnu(header, raw, at);
    }
    if (pax.number("GNU.sparse.major", 0, at) == 1) {
      return inData(at);
    }
    return SparseMap.fromPax(pax, at);
  }

  static long realSize(TarBlock header, PaxRecords pax, long stored, long at) throws TarException {
    if (header.typeFlag() == 'S') {
      return header.number(483, 12, "real size");
    }
    long size = pax.number("GNU.sparse.size", stored, at);
    return pax.number("GNU.sparse.realsize", size, at);
  }

  /** Four segments in the header, 21 in each block that follows. */
  private List<Segment> oldGnu(TarBlock header, byte[] raw, long at) throws IOException {
    var segments = new ArrayList<Segment>();
    boolean last = SparseMap.oldGnu(header, 386, 4, raw, segments);
    byte[] more = new byte[TarBlock.SIZE];
    for (int bytes = TarBlock.SIZE; !last; bytes += TarBlock.SIZE) {
      if (bytes > limits.headerBytes()) {
        throw tooLong(at);
      }
      if (!in.block(more)) {
        throw in.ended("a sparse map");
      }
      last = SparseMap.oldGnu(new TarBlock(more, at), 0, 21, more, segments);
    }
    return segments;
  }

  /** Pax 1.0: the map is text before the data, padded to a block; it counts as stored data. */
  private List<Segment> inData(long at) throws IOException {
    long before = in.remaining();
    long count = number(at);
    var segments = new ArrayList<Segment>();
    for (long i = 0; i < count; i++) {
      segments.add(new Segment(number(at), number(at)));
      if (before - in.remaining() > limits.headerBytes()) {
        throw tooLong(at);
      }
    }
    int rest = TarInput.paddingOf(before - in.remaining());
    if (rest > in.remaining()) {
      throw new TarException(at, "sparse map is longer than the file's data");
    }
    in.drop(rest);
    return segments;
  }

  private long number(long at) throws IOException {
    var digits = new StringBuilder();
    byte[] one = new byte[1];
    while (true) {
      if (in.read(one, 0, 1) < 0) {
        throw new TarException(at, "sparse map is longer than the file's data");
      }
      if (one[0] == '\n') {
        return SparseMap.decimal(digits.toString(), at);
      }
      if (digits.length() > MOST_DIGITS) {
        throw new TarException(at, "sparse map: number too long");
      }
      digits.append((char) (one[0] & 0xff));
    }
  }

  private TarException tooLong(long at) {
    return new TarException(at, "sparse map exceeds " + limits.headerBytes() + " bytes");
  }
}
