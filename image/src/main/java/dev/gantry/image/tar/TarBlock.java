package dev.gantry.image.tar;

import dev.gantry.linux.FileName;
import java.util.Arrays;

/**
 * The fields of one 512-byte header block, as POSIX ustar, star, GNU and the seventh edition lay
 * them out.
 *
 * @see <a
 *     href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06">ustar</a>
 * @see <a href="https://www.gnu.org/software/tar/manual/html_node/Standard.html">GNU tar</a>
 */
final class TarBlock {
  static final int SIZE = 512;

  private enum Format {
    V7,
    GNU,
    USTAR,
    STAR
  }

  private final byte[] block;
  private final long position;
  private final Format format;

  TarBlock(byte[] block, long position) {
    this.block = block;
    this.position = position;
    this.format = formatOf(block);
  }

  private static Format formatOf(byte[] b) {
    if (matches(b, 257, "ustar ") && b[263] == ' ') {
      return Format.GNU;
    }
    if (!matches(b, 257, "ustar") || b[262] != 0) {
      return Format.V7;
    }
    return matches(b, 508, "tar") && b[511] == 0 ? Format.STAR : Format.USTAR;
  }

  private static boolean matches(byte[] b, int offset, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (b[offset + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  void verifyChecksum() throws TarException {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < SIZE; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long stated = number(148, 8, "checksum");
    // Sun's tar summed signed characters; such archives still exist.
    if (stated != unsigned && stated != signed) {
      throw new TarException(position, "not a tar header: wrong checksum");
    }
  }

  char typeFlag() {
    return (char) (block[156] & 0xff);
  }

  boolean isGnu() {
    return format == Format.GNU;
  }

  String name() {
    String name = text(0, 100);
    String prefix =
        switch (format) {
          case USTAR -> text(345, 155);
          case STAR -> text(345, 131);
          case V7, GNU -> "";
        };
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  String linkName() {
    return text(157, 100);
  }

  long mode() throws TarException {
    return number(100, 8, "mode");
  }

  long uid() throws TarException {
    return number(108, 8, "uid");
  }

  long gid() throws TarException {
    return number(116, 8, "gid");
  }

  long size() throws TarException {
    return number(124, 12, "size");
  }

  long mtime() throws TarException {
    return number(136, 12, "mtime");
  }

  long deviceMajor() throws TarException {
    return format == Format.V7 ? 0 : number(329, 8, "device major");
  }

  long deviceMinor() throws TarException {
    return format == Format.V7 ? 0 : number(337, 8, "device minor");
  }

  private String text(int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return FileName.toString(Arrays.copyOfRange(block, offset, end));
  }

  /** A number in octal text or in GNU's base-256 form. */
  long number(int offset, int length, String what) throws TarException {
    if ((block[offset] & 0x80) != 0) {
      return binary(offset, length, what);
    }
    int at = offset;
    int end = offset + length;
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    long value = 0;
    for (; at < end && block[at] != ' ' && block[at] != 0; at++) {
      int digit = block[at] - '0';
      if (digit < 0 || digit > 7 || value > Long.MAX_VALUE >> 3) {
        throw new TarException(position, "tar header: " + what + " is not a number");
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private long binary(int offset, int length, String what) throws TarException {
    boolean negative = (block[offset] & 0x40) != 0;
    // The marker bit is no part of the value; what is left is two's complement.
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int b = block[offset + i] & 0xff;
      if (i == 0) {
        b = negative ? b | 0x80 : b & 0x7f;
      }
      if (value >> 55 != 0 && value >> 55 != -1) {
        throw new TarException(position, "tar header: " + what + " is out of range");
      }
      value = value << 8 | b;
    }
    if ((value < 0) != negative) {
      throw new TarException(position, "tar header: " + what + " is out of range");
    }
    return value;
  }
}
