package dev.gantry.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One entry of a tar archive, exactly as it is to stand there: names are not cleaned, so an entry
 * may be as hostile as a test needs it. The {@code with} methods return changed copies.
 */
public final class TarEntry implements Cloneable {
  /** The modification time of entries that state none. */
  public static final Instant MTIME = Instant.parse("2026-01-02T03:04:05Z");

  private final char type;
  private final String name;
  private final String linkName;
  private final byte[] content;
  private int mode;
  private long uid;
  private long gid;
  private Instant mtime = MTIME;
  private int major;
  private int minor;
  private Map<String, byte[]> pax = Map.of();

  private TarEntry(char type, String name, int mode, byte[] content, String linkName) {
    this.type = type;
    this.name = name;
    this.mode = mode;
    this.content = content.clone();
    this.linkName = linkName;
  }

  /** A regular file. */
  public static TarEntry file(String name, int mode, byte[] content) {
    return new TarEntry('0', name, mode, content, "");
  }

  /** A regular file of mode 0644 with this text. */
  public static TarEntry file(String name, String content) {
    return file(name, 0644, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A directory; the name gets a slash at its end where it has none. */
  public static TarEntry dir(String name, int mode) {
    return new TarEntry('5', name.endsWith("/") ? name : name + "/", mode, new byte[0], "");
  }

  /** A symbolic link. */
  public static TarEntry symlink(String name, String target) {
    return new TarEntry('2', name, 0777, new byte[0], target);
  }

  /** A hard link to another entry of the archive or of a layer below. */
  public static TarEntry hardLink(String name, String target) {
    return new TarEntry('1', name, 0644, new byte[0], target);
  }

  /** A character device. */
  public static TarEntry charDevice(String name, int mode, int major, int minor) {
    return device('3', name, mode, major, minor);
  }

  /** A block device. */
  public static TarEntry blockDevice(String name, int mode, int major, int minor) {
    return device('4', name, mode, major, minor);
  }

  /** A named pipe. */
  public static TarEntry fifo(String name, int mode) {
    return new TarEntry('6', name, mode, new byte[0], "");
  }

  /** Removes the named entry of the layers below. */
  public static TarEntry whiteout(String name) {
    int slash = name.lastIndexOf('/') + 1;
    return file(name.substring(0, slash) + ".wh." + name.substring(slash), 0, new byte[0]);
  }

  /** Hides what the layers below have in the directory. */
  public static TarEntry opaque(String directory) {
    String prefix = directory.endsWith("/") ? directory : directory + "/";
    return file(prefix + ".wh..wh..opq", 0, new byte[0]);
  }

  /** An entry of any type, for readers that meet what they do not know. */
  public static TarEntry raw(char type, String name, byte[] content, String linkName) {
    return new TarEntry(type, name, 0644, content, linkName);
  }

  private static TarEntry device(char type, String name, int mode, int major, int minor) {
    TarEntry entry = new TarEntry(type, name, mode, new byte[0], "");
    entry.major = major;
    entry.minor = minor;
    return entry;
  }

  /** Returns a copy that these ids own. */
  public TarEntry owner(long newUid, long newGid) {
    TarEntry copy = copy();
    copy.uid = newUid;
    copy.gid = newGid;
    return copy;
  }

  /** Returns a copy with this mode. */
  public TarEntry mode(int newMode) {
    TarEntry copy = copy();
    copy.mode = newMode;
    return copy;
  }

  /** Returns a copy of this modification time; parts of a second go into a pax header. */
  public TarEntry mtime(Instant newMtime) {
    TarEntry copy = copy();
    copy.mtime = newMtime;
    return copy;
  }

  /** Returns a copy with an extended attribute, such as {@code user.x}. */
  public TarEntry xattr(String key, byte[] value) {
    return pax("SCHILY.xattr." + key, value);
  }

  /** Returns a copy with any pax record. */
  public TarEntry pax(String key, byte[] value) {
    TarEntry copy = copy();
    Map<String, byte[]> records = new LinkedHashMap<>(pax);
    records.put(key, value.clone());
    copy.pax = Collections.unmodifiableMap(records);
    return copy;
  }

  private TarEntry copy() {
    try {
      return (TarEntry) clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  char type() {
    return type;
  }

  /** Returns the name as it stands in the archive. */
  public String name() {
    return name;
  }

  int mode() {
    return mode;
  }

  long uid() {
    return uid;
  }

  long gid() {
    return gid;
  }

  Instant mtime() {
    return mtime;
  }

  byte[] content() {
    return content;
  }

  String linkName() {
    return linkName;
  }

  int major() {
    return major;
  }

  int minor() {
    return minor;
  }

  Map<String, byte[]> pax() {
    return pax;
  }

  @Override
  public String toString() {
    return type + " " + name;
  }
}
