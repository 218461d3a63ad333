package dev.gantry.image.tar;

import dev.gantry.image.tar.TarEntry.Segment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The maps of sparse files in GNU's four forms: old GNU headers and pax 0.0, 0.1 and 1.0.
 *
 * @see <a href="https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html">GNU sparse
 *     formats</a>
 */
final class SparseMap {
  private SparseMap() {}

  /**
   * Pax 0.0 repeats offset and size records, 0.1 lists them in one; null when neither is present.
   */
  static @Nullable List<Segment> fromPax(PaxRecords pax, long position) throws TarException {
    List<Long> numbers = pax.sparseNumbers();
    String map = pax.text("GNU.sparse.map", position);
    if (map != null) {
      numbers = new ArrayList<>();
      for (String part : map.split(",", -1)) {
        numbers.add(decimal(part, position));
      }
    } else if (numbers.isEmpty() && !pax.has("GNU.sparse.numblocks")) {
      return null;
    }
    if (numbers.size() % 2 != 0) {
      throw new TarException(position, "sparse map: odd number of fields");
    }
    var segments = new ArrayList<Segment>(numbers.size() / 2);
    for (int i = 0; i < numbers.size(); i += 2) {
      segments.add(new Segment(numbers.get(i), numbers.get(i + 1)));
    }
    return segments;
  }

  /** Appends the entries of an old GNU header block; false when more blocks follow. */
  static boolean oldGnu(TarBlock block, int offset, int count, byte[] raw, List<Segment> into)
      throws TarException {
    for (int i = 0; i < count; i++) {
      int at = offset + i * 24;
      if (raw[at] == 0) {
        break;
      }
      into.add(
          new Segment(
              block.number(at, 12, "sparse offset"), block.number(at + 12, 12, "sparse length")));
    }
    return raw[offset + count * 24] == 0;
  }

  /** Checks that segments ascend, end inside the file and hold what the archive stores. */
  static void verify(List<Segment> segments, long realSize, long stored, long position)
      throws TarException {
    long end = 0;
    long sum = 0;
    for (Segment s : segments) {
      if (s.offset() < end
          || s.length() < 0
          || s.length() > realSize
          || s.offset() > realSize - s.length()) {
        throw new TarException(position, "sparse map: segments overlap or leave the file");
      }
      end = s.offset() + s.length();
      sum += s.length();
    }
    if (sum != stored) {
      throw new TarException(
          position, "sparse map: holds " + sum + " bytes, the archive stores " + stored);
    }
  }

  static long decimal(String text, long position) throws TarException {
    if (text.isEmpty() || text.length() > 18) {
      throw new TarException(position, "sparse map: '" + text + "' is not a number");
    }
    long n = 0;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b < '0' || b > '9') {
        throw new TarException(position, "sparse map: '" + text + "' is not a number");
      }
      n = n * 10 + b - '0';
    }
    return n;
  }
}
