package dev.gantry.image.tar;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One member of an archive with all its extended headers applied.
 *
 * @param name as written, decoded by {@link dev.gantry.linux.FileName}; neither cleaned nor to be
 *     trusted
 * @param size logical size of the file in bytes
 * @param mode permission bits, with set-id and sticky bits
 * @param linkName target of a hard or symbolic link, else empty
 * @param atime access time where the archive has one
 * @param xattrs extended attributes, names as the kernel knows them, values byte for byte
 * @param sparse where the data lies when the file has holes; null when it has none
 */
public record TarEntry(
    String name,
    EntryType type,
    int mode,
    long uid,
    long gid,
    long size,
    Instant mtime,
    @Nullable Instant atime,
    String linkName,
    long deviceMajor,
    long deviceMinor,
    Map<String, byte[]> xattrs,
    @Nullable List<Segment> sparse) {

  /** A run of data in a sparse file; what lies between runs is a hole. Units: bytes. */
  public record Segment(long offset, long length) {}

  /** Bytes of data in the archive, without the holes. */
  public long storedSize() {
    if (type != EntryType.FILE) {
      return 0;
    }
    if (sparse == null) {
      return size;
    }
    long sum = 0;
    for (Segment s : sparse) {
      sum += s.length();
    }
    return sum;
  }
}
