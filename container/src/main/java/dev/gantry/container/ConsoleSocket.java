package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.net.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Where an OCI runtime sends the master side of the terminal that it made for a command. */
final class ConsoleSocket implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();

  private final Path path;
  private final Fd listener;

  private ConsoleSocket(Path path, Fd listener) {
    this.path = path;
    this.listener = listener;
  }

  /** Listens on a new name in a private directory. */
  static ConsoleSocket in(Path directory) throws IOException {
    Path path = directory.resolve("x" + COUNTER.incrementAndGet());
    // A name that a daemon before us left.
    Files.deleteIfExists(path);
    return new ConsoleSocket(path, UnixSocket.listen(path));
  }

  Path path() {
    return path;
  }

  /** The terminal, after the runtime has ended with 0: it was sent before that. */
  Fd receive() throws IOException {
    Optional<Fd> connection = UnixSocket.accept(listener);
    if (connection.isPresent()) {
      try (Fd open = connection.get()) {
        Optional<Fd> terminal = UnixSocket.receiveDescriptor(open);
        if (terminal.isPresent()) {
          return terminal.get().nonBlocking();
        }
      }
    }
    throw new IOException("the runtime sent no terminal");
  }

  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
  }
}
