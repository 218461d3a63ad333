package dev.gantry.image.tar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bytes of an archive: where we are, and what is left of the member at hand. */
final class TarInput {
  private final InputStream in;
  private final DirectInput direct;
  private final byte[] scratch = new byte[16 * 1024];
  private long position;
  private long remaining;
  private int padding;

  TarInput(InputStream in) {
    this.in = in;
    this.direct = new DirectInput(in);
  }

  long position() {
    return position;
  }

  /** Stored bytes of the member that have not been read. */
  long remaining() {
    return remaining;
  }

  /** The member's data begins here. */
  void begin(long size) {
    remaining = size;
    padding = paddingOf(size);
  }

  /** Goes to the next header. */
  void end() throws IOException {
    skip(remaining + padding);
    remaining = 0;
    padding = 0;
  }

  /** A header block; false at the clean end of the stream. */
  boolean block(byte[] block) throws IOException {
    int n = in.readNBytes(block, 0, block.length);
    position += n;
    if (n > 0 && n < block.length) {
      throw ended("a header");
    }
    return n > 0;
  }

  EOFException ended(String where) {
    return new EOFException("the archive ends inside " + where + ", at byte " + position);
  }

  /** The whole data of an extended header, with its padding. */
  byte[] extra(int size) throws IOException {
    byte[] data = in.readNBytes(size);
    position += data.length;
    if (data.length < size) {
      throw ended("an extended header");
    }
    skip(paddingOf(size));
    return data;
  }

  /** Data of the member; -1 at its end. */
  int read(byte[] buffer, int offset, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int n = in.read(buffer, offset, (int) Math.min(length, remaining));
    if (n < 0) {
      throw ended("a file");
    }
    remaining -= n;
    position += n;
    return n;
  }

  /** Data of the member in a direct buffer, as {@link DirectInput.Lender} says; null at its end. */
  @Nullable ByteBuffer data(int most) throws IOException {
    if (remaining == 0) {
      return null;
    }
    ByteBuffer data = direct.next((int) Math.min(most, remaining));
    if (data == null) {
      throw ended("a file");
    }
    remaining -= data.remaining();
    position += data.remaining();
    return data;
  }

  /** Leaves out so much of the member's data. */
  void drop(int count) throws IOException {
    remaining -= count;
    skip(count);
  }

  private void skip(long count) throws IOException {
    long left = count;
    if (in instanceof TarReader.Seekable s && left > 0) {
      s.forward(left);
      position += left;
      return;
    }
    while (left > 0) {
      int n = in.read(scratch, 0, (int) Math.min(left, scratch.length));
      if (n < 0) {
        throw ended("a file");
      }
      left -= n;
      position += n;
    }
  }

  static int paddingOf(long size) {
    return (int) (-size & (TarBlock.SIZE - 1));
  }
}
