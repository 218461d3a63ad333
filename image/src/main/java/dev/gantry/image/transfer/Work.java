package dev.gantry.image.transfer;

import dev.gantry.image.transfer.Extents.Range;
import org.jspecify.annotations.Nullable;

/** A range that one connection is at; its end may be given to another one meanwhile. */
final class Work {
  private long at;
  private long limit;

  Work(Range range) {
    at = range.from();
    limit = range.to();
  }

  synchronized long at() {
    return at;
  }

  synchronized long limit() {
    return limit;
  }

  synchronized long left() {
    return limit - at;
  }

  synchronized void came(long bytes) {
    at += bytes;
  }

  /** Keeps about {@code keep} bytes and gives the rest away; null when that is not worth it. */
  synchronized @Nullable Range split(long keep) {
    long cut = at + keep;
    if (limit - cut < keep) {
      return null;
    }
    var rest = new Range(cut, limit);
    limit = cut;
    return rest;
  }

  /** What has not come. */
  synchronized @Nullable Range rest() {
    return at < limit ? new Range(at, limit) : null;
  }
}
