package dev.gantry.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** Fails when what is written goes nowhere any more, which a {@link PrintStream} does not. */
final class CheckedOutput extends OutputStream {
  private final PrintStream to;

  /** Whoever read our output is gone, as with {@code gantry exec … | head}. */
  static final class Gone extends IOException {
    /** As of a program that SIGPIPE ended: 128 and the number of the signal. */
    static final int EXIT_CODE = 141;

    private static final long serialVersionUID = 1;

    private Gone() {
      super("nobody reads the output");
    }
  }

  CheckedOutput(PrintStream to) {
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    to.write(b);
    check();
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    to.write(from, offset, length);
    check();
  }

  /** Flushes, too. */
  private void check() throws Gone {
    if (to.checkError()) {
      throw new Gone();
    }
  }

  @Override
  public void flush() {
    to.flush();
  }
}
