package dev.gantry.linux.mount;

import dev.gantry.linux.FileName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The mounts that this thread sees, as {@code /proc/thread-self/mountinfo} lists them (proc(5)).
 */
public final class MountTable {
  private static final Path MOUNTINFO = Path.of("/proc/thread-self/mountinfo");

  /** Fields of a line before the optional ones, and after the hyphen that ends those. */
  private static final int FIXED = 6;

  private static final int AFTER = 3;

  private MountTable() {}

  /**
   * One mount.
   *
   * @param mountPoint as the kernel says it; of any bytes, so not always a {@link Path}
   * @param root the directory of the file system that is the mount's root
   * @param options of the mount, comma-separated
   * @param superOptions of the file system, comma-separated
   */
  public record Entry(
      int id,
      int parent,
      String device,
      String root,
      String mountPoint,
      String options,
      Propagation propagation,
      String fsType,
      String source,
      String superOptions) {
    /** The mount point; {@link java.nio.file.InvalidPathException} when its name is not text. */
    public Path target() {
      return Path.of(mountPoint);
    }

    /** Whether the mount or its file system is read-only. */
    public boolean readOnly() {
      return has(options) || has(superOptions);
    }

    private static boolean has(String list) {
      return list.equals("ro") || list.startsWith("ro,");
    }
  }

  /** All mounts, in the kernel's order. */
  public static List<Entry> read() throws IOException {
    return parse(Files.readAllBytes(MOUNTINFO));
  }

  /** The mounts on and below a path, deepest first and the upper of two on one place first. */
  public static List<Entry> under(Path prefix) throws IOException {
    String root = prefix.toAbsolutePath().normalize().toString();
    String below = root.endsWith("/") ? root : root + "/";
    List<Entry> found = new ArrayList<>();
    for (Entry entry : read()) {
      if (entry.mountPoint.equals(root) || entry.mountPoint.startsWith(below)) {
        found.add(entry);
      }
    }
    Collections.reverse(found);
    found.sort(Comparator.comparingInt((Entry e) -> depth(e.mountPoint)).reversed());
    return found;
  }

  /** The topmost mount exactly on this path. */
  public static Optional<Entry> at(Path target) throws IOException {
    return topmost(read(), target.toAbsolutePath().normalize());
  }

  /** The mount that the file at this path is on, whether the file exists or not. */
  public static Optional<Entry> containing(Path path) throws IOException {
    List<Entry> all = read();
    for (Path p = path.toAbsolutePath().normalize(); p != null; p = p.getParent()) {
      Optional<Entry> on = topmost(all, p);
      if (on.isPresent()) {
        return on;
      }
    }
    return Optional.empty();
  }

  /** The one on which there is no other; a mount that was moved there may be older than it. */
  private static Optional<Entry> topmost(List<Entry> all, Path target) {
    String point = target.toString();
    List<Entry> here = all.stream().filter(e -> e.mountPoint.equals(point)).toList();
    return here.stream()
        .filter(e -> here.stream().noneMatch(upper -> upper.parent == e.id && upper.id != e.id))
        .reduce((lower, upper) -> upper);
  }

  private static int depth(String path) {
    int slashes = 0;
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '/') {
        slashes++;
      }
    }
    return path.equals("/") ? 0 : slashes;
  }

  static List<Entry> parse(byte[] mountinfo) {
    List<Entry> entries = new ArrayList<>();
    for (String line : new String(mountinfo, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      if (!line.isEmpty()) {
        entries.add(entry(line));
      }
    }
    return entries;
  }

  private static Entry entry(String line) {
    String[] fields = line.split(" ", -1);
    int hyphen = FIXED;
    Propagation propagation = Propagation.PRIVATE;
    while (hyphen < fields.length && !fields[hyphen].equals("-")) {
      propagation = stronger(propagation, fields[hyphen]);
      hyphen++;
    }
    if (fields.length <= hyphen + AFTER) {
      throw new IllegalArgumentException("not a line of mountinfo: " + line);
    }
    return new Entry(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        fields[2],
        unescape(fields[3]),
        unescape(fields[4]),
        fields[5],
        propagation,
        unescape(fields[hyphen + 1]),
        unescape(fields[hyphen + 2]),
        unescape(fields[hyphen + 3]));
  }

  private static Propagation stronger(Propagation known, String tag) {
    if (tag.startsWith("shared:")) {
      return Propagation.SHARED;
    }
    if (known == Propagation.PRIVATE && tag.startsWith("master:")) {
      return Propagation.SLAVE;
    }
    return tag.equals("unbindable") ? Propagation.UNBINDABLE : known;
  }

  /** Space, tab, newline and backslash are three octal digits; the bytes are then a file name. */
  private static String unescape(String field) {
    byte[] bytes = new byte[field.length()];
    int length = 0;
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length()) {
        bytes[length++] = (byte) Integer.parseInt(field, i + 1, i + 4, 8);
        i += 3;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    byte[] used = new byte[length];
    System.arraycopy(bytes, 0, used, 0, length);
    return FileName.toString(used);
  }
}
