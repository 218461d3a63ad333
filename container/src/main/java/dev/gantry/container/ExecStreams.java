package dev.gantry.container;

import dev.gantry.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * Our ends of what a command reads and writes, non-blocking. Either the terminal or the others.
 *
 * @param stdin what we write is its input; null when it has /dev/null
 * @param stdout its output; null when nobody wants it
 * @param stderr its error output; null when nobody wants it
 * @param terminal the master side of its terminal; null when it has none
 */
public record ExecStreams(
    @Nullable Fd stdin, @Nullable Fd stdout, @Nullable Fd stderr, @Nullable Fd terminal)
    implements AutoCloseable {
  /** Closes those that nobody has released. */
  @Override
  public void close() {
    for (Fd fd : new Fd[] {stdin, stdout, stderr, terminal}) {
      if (fd != null) {
        fd.close();
      }
    }
  }
}
