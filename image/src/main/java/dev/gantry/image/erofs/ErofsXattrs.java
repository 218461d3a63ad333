package dev.gantry.image.erofs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Extended attributes as they lie behind their inode (struct erofs_xattr_ibody_header). */
public final class ErofsXattrs {
  private static final int HEADER = 12;
  private static final int ENTRY = 4;

  /** What the count in an inode can tell of, in units of four bytes. */
  private static final int MOST_BYTES = HEADER + 4 * 0xfffe;

  private static final byte[] NONE = {};

  /** A beginning of a name and the number that stands for it. */
  private enum Prefix {
    ACCESS("system.posix_acl_access", 2),
    DEFAULT("system.posix_acl_default", 3),
    USER("user.", 1),
    TRUSTED("trusted.", 4),
    SECURITY("security.", 6);

    private final String text;
    private final int number;

    Prefix(String text, int number) {
      this.text = text;
      this.number = number;
    }

    /** An access list has nothing behind it, all others have. */
    boolean fits(String name) {
      return text.endsWith(".")
          ? name.startsWith(text) && name.length() > text.length()
          : name.equals(text);
    }
  }

  private ErofsXattrs() {}

  /** Whether attributes of this name can be kept. */
  public static boolean isPossible(String name) {
    return Arrays.stream(Prefix.values()).anyMatch(p -> p.fits(name));
  }

  /**
   * The bytes of some attributes, none for none.
   *
   * @throws ErofsLimitException when they are too long
   */
  public static byte[] encode(Map<String, byte[]> xattrs) throws ErofsLimitException {
    if (xattrs.isEmpty()) {
      return NONE;
    }
    int size = HEADER;
    for (Map.Entry<String, byte[]> x : xattrs.entrySet()) {
      byte[] name = suffix(x.getKey());
      if (name.length > 0xff || x.getValue().length > 0xffff) {
        throw new ErofsLimitException("extended attribute " + x.getKey() + " is too long");
      }
      size += padded(ENTRY + name.length + x.getValue().length);
      if (size > MOST_BYTES) {
        throw new ErofsLimitException("too many extended attributes");
      }
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).position(HEADER);
    // In an order of their own, so that the same archive always makes the same image.
    for (Map.Entry<String, byte[]> x : new TreeMap<>(xattrs).entrySet()) {
      byte[] name = suffix(x.getKey());
      int end = out.position() + padded(ENTRY + name.length + x.getValue().length);
      out.put((byte) name.length).put((byte) prefix(x.getKey()).number);
      out.putShort((short) x.getValue().length).put(name).put(x.getValue()).position(end);
    }
    return out.array();
  }

  /** What an inode with these attributes has in {@code i_xattr_icount}. */
  static int count(byte[] encoded) {
    return encoded.length == 0 ? 0 : (encoded.length - HEADER) / 4 + 1;
  }

  /** The inverse of {@link #count}: how many bytes they are. */
  static int bytes(int count) {
    return count == 0 ? 0 : HEADER + 4 * (count - 1);
  }

  private static int padded(int size) {
    return (size + 3) & ~3;
  }

  private static byte[] suffix(String name) {
    return name.substring(prefix(name).text.length()).getBytes(StandardCharsets.UTF_8);
  }

  private static Prefix prefix(String name) {
    return Arrays.stream(Prefix.values()).filter(p -> p.fits(name)).findFirst().orElseThrow();
  }
}
