package dev.gantry.image.layer;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/**
 * What was unpacked of a layer.
 *
 * @param implied directories that the archive does not hold but that something lies in
 * @param impliedAt where an index has the inodes of those directories, in bytes from its start;
 *     empty of what is unpacked
 * @param links hard links whose target is not in this layer: name to target
 * @param rootTimed whether the archive states times of the root
 * @param bytes disk space of the files, in whole blocks
 */
public record UnpackReport(
    List<String> implied,
    Map<String, Long> impliedAt,
    NavigableMap<String, String> links,
    boolean rootTimed,
    long bytes,
    long inodes) {
  /** Whether the directory means the same on top of every other layer. */
  public boolean selfContained() {
    return implied.isEmpty() && links.isEmpty();
  }

  /** The same with more space taken. */
  UnpackReport with(long moreBytes, long moreInodes) {
    return new UnpackReport(
        implied, impliedAt, links, rootTimed, bytes + moreBytes, inodes + moreInodes);
  }
}
