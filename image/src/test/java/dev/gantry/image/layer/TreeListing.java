package dev.gantry.image.layer;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.Directory;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Xattr;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All that can be seen of a tree, one line per file, so that two trees can be held side by side.
 */
public final class TreeListing {
  private final Map<String, String> lines = new TreeMap<>();
  private final Map<Long, String> firstNames = new HashMap<>();

  private TreeListing() {}

  /** Lists a tree by path. */
  public static Map<String, String> of(Path root) throws IOException {
    var listing = new TreeListing();
    try (Fd fd = At.open(Fd.CWD, root.toString(), OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      listing.directory(fd, "");
    }
    return listing.lines;
  }

  private void directory(Fd directory, String path) throws IOException {
    List<String> names =
        new ArrayList<>(Directory.list(directory).stream().map(Directory.Entry::name).toList());
    names.sort(null);
    for (String name : names) {
      String full = path.isEmpty() ? name : path + "/" + name;
      FileStat stat = At.stat(directory, name, false);
      lines.put(full, line(directory, name, full, stat));
      if (stat.isDirectory()) {
        int flags = OpenFlags.RDONLY | OpenFlags.DIRECTORY | OpenFlags.NOFOLLOW;
        try (Fd child = At.open(directory, name, flags, 0)) {
          directory(child, full);
        }
      }
    }
  }

  private String line(Fd directory, String name, String full, FileStat stat) throws IOException {
    var line = new StringBuilder();
    line.append("%06o %d:%d %s".formatted(stat.mode(), stat.uid(), stat.gid(), stat.mtime()));
    if (stat.isRegular()) {
      line.append(" size=").append(stat.size()).append(' ').append(content(directory, name));
      line.append(stat.size() > 1 << 20 && stat.blocks512() * 512 < stat.size() ? " holes" : "");
    }
    if (stat.isDevice()) {
      line.append(" dev=").append(At.major(stat.rdev())).append(':').append(At.minor(stat.rdev()));
    }
    if (stat.isSymlink()) {
      line.append(" -> ").append(At.readlink(directory, name));
    }
    if (!stat.isDirectory() && stat.nlink() > 1) {
      String first = firstNames.putIfAbsent(stat.ino(), full);
      line.append(" same as ").append(first == null ? full : first);
    }
    for (String key : new TreeSet<>(Xattr.list(directory, name))) {
      byte[] value = Xattr.get(directory, name, key).orElseThrow();
      line.append(' ').append(key).append('=').append(HexFormat.of().formatHex(value));
    }
    return line.toString();
  }

  private static String content(Fd directory, String name) throws IOException {
    try (Fd fd = At.open(directory, name, OpenFlags.RDONLY | OpenFlags.NOFOLLOW, 0);
        InputStream in = fd.input()) {
      return Digest.sha256Of(in.readAllBytes()).hex().substring(0, 12);
    }
  }
}
