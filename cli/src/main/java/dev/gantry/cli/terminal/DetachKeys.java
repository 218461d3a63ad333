package dev.gantry.cli.terminal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Watches what is typed for Ctrl-P Ctrl-Q, by which a person leaves without ending anything. */
public final class DetachKeys extends FilterInputStream {
  private static final int CTRL_P = 0x10;
  private static final int CTRL_Q = 0x11;

  private final Runnable detach;
  private boolean held;

  /**
   * A filter.
   *
   * @param detach called when the keys were typed
   */
  public DetachKeys(InputStream keys, Runnable detach) {
    super(keys);
    this.detach = detach;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    while (true) {
      int key = super.read();
      if (held && key == CTRL_Q) {
        detach.run();
        return -1;
      }
      if (held) {
        held = false;
        return given(into, offset, length, key);
      }
      if (key != CTRL_P) {
        return plain(into, offset, length, key);
      }
      held = true;
    }
  }

  /** A Ctrl-P that was no beginning, and what came instead of Ctrl-Q. */
  private int given(byte[] into, int offset, int length, int key) {
    into[offset] = CTRL_P;
    if (key < 0 || length < 2) {
      return 1;
    }
    into[offset + 1] = (byte) key;
    return 2;
  }

  private int plain(byte[] into, int offset, int length, int key) throws IOException {
    if (key < 0) {
      return -1;
    }
    into[offset] = (byte) key;
    int count = 1;
    while (count < length && in.available() > 0) {
      int next = in.read();
      if (next == CTRL_P) {
        held = true;
        return count;
      }
      if (next < 0) {
        return count;
      }
      into[offset + count++] = (byte) next;
    }
    return count;
  }
}
