package dev.gantry.image.layer;

import dev.gantry.linux.FileName;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Numbers of seven bits a byte, low ones first, and names with their length before them. */
final class Varint {
  private Varint() {}

  static void write(OutputStream out, long value) throws IOException {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) ((left & 0x7f) | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
  }

  /** A number that is not negative. */
  static long read(InputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("ends inside a number");
      }
      value |= (long) (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
    throw new IOException("a number of more than 63 bits");
  }

  static void writeName(OutputStream out, String name) throws IOException {
    byte[] bytes = FileName.toBytes(name);
    write(out, bytes.length);
    out.write(bytes);
  }

  static String readName(InputStream in) throws IOException {
    long length = read(in);
    // A kept directory's name comes before a path of at most PATH_BYTES.
    if (length > UnpackLimits.PATH_BYTES + 32) {
      throw new IOException("a name of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException("ends inside a name");
    }
    return FileName.toString(bytes);
  }
}
