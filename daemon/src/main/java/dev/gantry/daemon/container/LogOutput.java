package dev.gantry.daemon.container;

import dev.gantry.daemon.log.Event;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.file.At;
import dev.gantry.linux.net.UnixSocket;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a conmon from getting ahead of us. What it has written to the log it sends to whoever is
 * attached, and waits for them: so one who is attached, takes its output only when there is room,
 * and has it wait after a packet or two, lets it write no more than that meanwhile.
 */
final class LogOutput implements AutoCloseable {
  /**
   * Holds the longest of conmon's packets in one piece, and at most one more; the kernel doubles
   * it.
   */
  private static final int BUFFER_BYTES = 9_000;

  /** Taken at a time, at most. */
  private static final int TAKEN_BYTES = 16 << 10;

  private final ProcessId monitor;
  private final Attaching attaching;
  private @Nullable Fd socket;
  private boolean narrow;

  /** Attaches to a container, if that can be; the socket belongs to whoever asked. */
  interface Attaching {
    Optional<Fd> attach() throws IOException;
  }

  LogOutput(ProcessId monitor, Attaching attaching) {
    this.monitor = monitor;
    this.attaching = attaching;
  }

  /**
   * Takes what conmon has sent since the last time and drops it.
   *
   * @return whether there was something
   */
  boolean take() {
    try {
      Fd open = socket == null ? attach() : socket;
      if (open == null) {
        return false;
      }
      int taken = 0;
      int length = UnixSocket.dropPacket(open);
      while (length > 0 && taken < TAKEN_BYTES) {
        taken += length;
        length = UnixSocket.dropPacket(open);
      }
      taken += Math.max(0, length);
      if (length == 0) {
        close();
      } else if (!narrow) {
        narrow(taken > 0);
      }
      return taken > 0;
    } catch (IOException e) {
      // It has ended, or too many wait to be attached: it is tried again. To stay attached without
      // reading would have it wait for ever.
      close();
      return false;
    }
  }

  private @Nullable Fd attach() throws IOException {
    Optional<Fd> attached = attaching.attach();
    if (attached.isPresent()) {
      socket = attached.get();
      // It shall not take us for one who may write, which it would look into when we leave.
      UnixSocket.endWriting(attached.get());
    }
    return socket;
  }

  /** conmon comes to accepting us when it does not write; what it has sent proves that it did. */
  private void narrow(boolean accepted) {
    try {
      narrow = connections() > 0 || accepted;
    } catch (IOException e) {
      narrow = true;
      Event.warn("a conmon may get ahead of its log's disk")
          .with("pid", monitor.pid())
          .because(e)
          .log();
    }
  }

  /** Makes the buffer of each that is attached as small as can be, and says how many there are. */
  private int connections() throws IOException {
    var count = new AtomicInteger();
    look(
        "socket:",
        each -> {
          if (UnixSocket.isPacketConnection(each)) {
            count.incrementAndGet();
            UnixSocket.sendBuffer(each, BUFFER_BYTES);
          }
        });
    return count.get();
  }

  /** How much output conmon has not read so far, bytes; what a terminal holds is not known. */
  int pending() throws IOException {
    var bytes = new AtomicInteger();
    look("pipe:", pipe -> bytes.addAndGet(Pipe.pending(pipe)));
    return bytes.get();
  }

  private interface Look {
    void at(Fd file) throws IOException;
  }

  /** Looks at what conmon has open of this kind. */
  private void look(String kind, Look look) throws IOException {
    Optional<Pidfd> process = Pidfd.open(monitor);
    if (process.isEmpty()) {
      return;
    }
    try (Pidfd conmon = process.get();
        DirectoryStream<Path> fds =
            Files.newDirectoryStream(Path.of("/proc/" + monitor.pid() + "/fd"))) {
      for (Path fd : fds) {
        look(conmon, fd, kind, look);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void look(Pidfd conmon, Path fd, String kind, Look look) throws IOException {
    try {
      if (At.readlink(At.CWD, fd.toString()).startsWith(kind)) {
        try (Fd file = conmon.descriptor(Integer.parseInt(fd.getFileName().toString()))) {
          look.at(file);
        }
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EBADF) { // closed meanwhile
        throw e;
      }
    }
  }

  /** conmon goes on without us. */
  @Override
  public void close() {
    if (socket != null) {
      socket.close();
      socket = null;
      narrow = false;
    }
  }
}
