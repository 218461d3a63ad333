package dev.gantry.cli.terminal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Watches what is typed for Ctrl-P Ctrl-Q, by which a person leaves without ending anything. */
public final class DetachKeys extends FilterInputStream {
  private static final int CTRL_P = 0x10;
  private static final int CTRL_Q = 0x11;

  /** No key: nothing waits to be given out. */
  private static final int NONE = -2;

  private final Runnable detach;
  private boolean held;
  private int next = NONE;

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

  /** Gives what there is; waits for the first key only. */
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int count = 0;
    while (count < length && (count == 0 || next != NONE || in.available() > 0)) {
      int key = key();
      if (key == -1) {
        // The end comes again when it is asked for once more.
        next = key;
        return count == 0 ? -1 : count;
      }
      if (key != NONE) {
        into[offset + count++] = (byte) key;
      }
      if (held && count > 0) {
        // What was typed before is on its way before anybody leaves.
        return count;
      }
    }
    return count;
  }

  /** The next key to give out; none when it may be the beginning of the two. */
  private int key() throws IOException {
    int key = next == NONE ? in.read() : next;
    next = NONE;
    if (!held) {
      held = key == CTRL_P;
      return held ? NONE : key;
    }
    if (key == CTRL_Q) {
      held = false;
      detach.run();
      return -1;
    }
    if (key != CTRL_P) {
      // It was no beginning, and this comes after it.
      held = false;
      next = key;
    }
    return CTRL_P;
  }
}
