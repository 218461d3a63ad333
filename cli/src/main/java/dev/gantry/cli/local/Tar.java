package dev.gantry.cli.local;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes a small tar archive in memory (POSIX.1-1988 "ustar"), all owned by root and of 1970. */
public final class Tar {
  private static final int BLOCK = 512;
  private static final int NAME = 100;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Adds a regular file; {@code name} has no leading slash. */
  public void file(String name, int mode, byte[] content) {
    header(name, mode, content.length, '0', "");
    out.writeBytes(content);
    out.writeBytes(new byte[padding(content.length)]);
  }

  /** Adds a directory. */
  public void directory(String name, int mode) {
    header(name + "/", mode, 0, '5', "");
  }

  /** Adds a symbolic link. */
  public void symlink(String name, String target) {
    header(name, 0777, 0, '2', target);
  }

  private static int padding(int size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private void header(String name, int mode, int size, char type, String link) {
    byte[] header = new byte[BLOCK];
    put(header, 0, NAME, name);
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, 0);
    header[156] = (byte) type;
    put(header, 157, NAME, link);
    put(header, 257, 8, "ustar\00000");
    // The checksum counts itself as blanks.
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, 8, String.format("%06o\0 ", sum));
    out.writeBytes(header);
  }

  private static void octal(byte[] header, int at, int length, int value) {
    put(header, at, length, String.format("%0" + (length - 1) + "o", value));
  }

  private static void put(byte[] header, int at, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > length) {
      throw new IllegalArgumentException("tar: " + text + " is longer than " + length + " bytes");
    }
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  /** The archive with its end. */
  public byte[] bytes() {
    return Arrays.copyOf(out.toByteArray(), out.size() + 2 * BLOCK);
  }
}
