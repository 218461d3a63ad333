package dev.gantry.image.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes regular files as a tar archive: ustar, with a pax header where that does not suffice. */
final class TarOutput {
  private static final int BLOCK = 512;
  private static final int MOST_NAME = 100;

  /** Eleven octal digits. */
  private static final long MOST_SIZE = (1L << 33) - 1;

  private final OutputStream out;
  private long left;
  private long padding;

  TarOutput(OutputStream out) {
    this.out = out;
  }

  /** Begins a file; exactly so many bytes must be given to {@link #write}, then {@link #end}. */
  void begin(String name, long size) throws IOException {
    boolean longName = name.getBytes(StandardCharsets.UTF_8).length > MOST_NAME;
    if (longName || size > MOST_SIZE) {
      String records =
          (longName ? record("path", name) : "")
              + (size > MOST_SIZE ? record("size", Long.toString(size)) : "");
      byte[] pax = records.getBytes(StandardCharsets.UTF_8);
      out.write(header("PaxHeader", pax.length, 'x'));
      out.write(pax);
      pad(pax.length);
    }
    String shown = longName ? name.substring(0, MOST_NAME) : name;
    out.write(header(shown, Math.min(size, MOST_SIZE), '0'));
    left = size;
    padding = size;
  }

  void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > left) {
      throw new IOException("more bytes than were announced");
    }
    out.write(bytes, offset, length);
    left -= length;
  }

  /** Ends a file. */
  void end() throws IOException {
    if (left != 0) {
      throw new IOException(left + " bytes less than were announced");
    }
    pad(padding);
  }

  /** Ends the archive; the stream stays open. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  /** A record's length counts its own digits. */
  private static String record(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int bytes = rest.getBytes(StandardCharsets.UTF_8).length;
    int length = bytes + Integer.toString(bytes).length();
    if (bytes + Integer.toString(length).length() != length) {
      length++;
    }
    return length + rest;
  }

  private static byte[] header(String name, long size, char type) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, "%011o\0".formatted(size));
    put(block, 136, "%011o\0".formatted(0));
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
