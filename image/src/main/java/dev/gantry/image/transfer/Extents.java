package dev.gantry.image.transfer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which bytes of a file are there: ranges that neither touch nor overlap. Not thread-safe. */
final class Extents {
  private final TreeMap<Long, Long> ranges = new TreeMap<>();
  private long total;

  /** Bytes {@code from} ≤ i &lt; {@code to}. */
  record Range(long from, long to) {
    Range {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException("no range: " + from + " to " + to);
      }
    }

    long length() {
      return to - from;
    }
  }

  /** Adds a range; what of it is there already does not matter. */
  void add(Range range) {
    long from = range.from();
    long to = range.to();
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      from = before.getKey();
    }
    for (Map.Entry<Long, Long> e = ranges.ceilingEntry(from);
        e != null && e.getKey() <= to;
        e = ranges.ceilingEntry(from)) {
      to = Math.max(to, e.getValue());
      total -= e.getValue() - e.getKey();
      ranges.remove(e.getKey());
    }
    ranges.put(from, to);
    total += to - from;
  }

  /** How many bytes are there. */
  long total() {
    return total;
  }

  /**
   * The end of what is there without a gap from {@code at} on; {@code at} when that byte is not.
   */
  long endFrom(long at) {
    Map.Entry<Long, Long> e = ranges.floorEntry(at);
    return e == null ? at : Math.max(at, e.getValue());
  }

  /** What is there, in order. */
  List<Range> ranges() {
    return ranges.entrySet().stream().map(e -> new Range(e.getKey(), e.getValue())).toList();
  }

  /** What of a file of {@code size} bytes is not there, in order. */
  List<Range> gaps(long size) {
    var gaps = new ArrayList<Range>();
    long at = 0;
    for (Map.Entry<Long, Long> e : ranges.entrySet()) {
      if (e.getKey() > at) {
        gaps.add(new Range(at, e.getKey()));
      }
      at = e.getValue();
    }
    if (at < size) {
      gaps.add(new Range(at, size));
    }
    return gaps;
  }
}
