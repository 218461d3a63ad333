package dev.gantry.container;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.file.At;
import dev.gantry.linux.net.UnixSocket;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The conmon that writes a container's log, as far as it can be held back, so that output stays in
 * the container's pipe.
 *
 * <p>It can be stopped altogether. And it can be kept from getting ahead of us: what it has written
 * to the log it sends to whoever is attached, and waits for them ({@code
 * write_back_to_remote_consoles} in its {@code src/conn_sock.c}). So one who is attached, {@link
 * #take takes} its output only when there is room, and has it wait after a packet or two, lets it
 * write no more than that meanwhile.
 *
 * <p>Only one thread at a time may {@link #take} and {@link #close}.
 */
public final class LogWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

  /**
   * Holds the longest of conmon's packets in one piece, and at most one more; the kernel doubles
   * it.
   */
  private static final int BUFFER_BYTES = 9_000;

  /** Taken at a time, at most. */
  private static final int TAKEN_BYTES = 16 << 10;

  private static final Duration STOPS_WITHIN = Duration.ofMillis(200);
  private static final long STOP_PAUSE_NANOS = 50_000;

  private static final String READ = "rchar: ";

  private final ContainerRef container;
  private final ProcessId conmon;
  private final boolean attaches;
  private @Nullable Fd socket;
  private boolean narrow;

  private LogWriter(ContainerRef container, ProcessId conmon, boolean attaches) {
    this.container = container;
    this.conmon = conmon;
    this.attaches = attaches;
  }

  /** Empty for a container of which no conmon is known, or that has no log. */
  static Optional<LogWriter> of(ContainerRef container, boolean stdinOnce) {
    ProcessId conmon = container.conmon();
    return conmon == null || container.logPath() == null
        ? Optional.empty()
        // Its input would end with us.
        : Optional.of(new LogWriter(container, conmon, !stdinOnce));
  }

  /** Whether it lives, so that more may be written. */
  public boolean alive() {
    return conmon.alive();
  }

  /** Whether it is stopped, by whomever. */
  public boolean stopped() {
    return conmon.stopped();
  }

  /**
   * Tells it to stop where it is (SIGSTOP).
   *
   * @return whether it was there to be told
   */
  public boolean stop() {
    return signal(Signals.SIGSTOP);
  }

  /** Whether it has stopped within 200 ms, after it was told to. */
  public boolean awaitStopped() {
    long until = System.nanoTime() + STOPS_WITHIN.toNanos();
    boolean stopped = conmon.stopped();
    while (!stopped && System.nanoTime() < until) {
      LockSupport.parkNanos(STOP_PAUSE_NANOS);
      stopped = conmon.stopped();
    }
    return stopped;
  }

  /** Lets it go on after a {@link #stop}. */
  public void goOn() {
    signal(Signals.SIGCONT);
  }

  private boolean signal(int signal) {
    try {
      Optional<Pidfd> open = Pidfd.open(conmon);
      if (open.isEmpty()) {
        return false;
      }
      try (Pidfd process = open.get()) {
        return process.signal(signal);
      }
    } catch (LinuxException e) {
      LOG.warn("conmon of container {} was not told to stop or go on", container.id(), e);
      return false;
    }
  }

  /**
   * Lets it write some 16 KB more of output than at the last call; the first one attaches to it.
   *
   * @return whether it wrote since
   */
  public boolean take() {
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
    if (!attaches) {
      return null;
    }
    Fd attached = Attachment.to(container).socket();
    socket = attached;
    // It shall not take us for one who may write, which it would look into when we leave.
    UnixSocket.endWriting(attached);
    return attached;
  }

  /** conmon comes to accepting us when it does not write; what it has sent proves that it did. */
  private void narrow(boolean accepted) {
    try {
      narrow = connections() > 0 || accepted;
    } catch (IOException e) {
      narrow = true;
      LOG.warn(
          "conmon of container {} may get further ahead of its log's disk: {}",
          container.id(),
          e.getMessage());
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

  /** How much output it has not read so far, bytes; what a terminal holds is not known. */
  public int pending() throws IOException {
    var bytes = new AtomicInteger();
    look("pipe:", pipe -> bytes.addAndGet(Pipe.pending(pipe)));
    return bytes.get();
  }

  private interface Look {
    void at(Fd file) throws IOException;
  }

  /** Looks at what conmon has open of this kind. */
  private void look(String kind, Look look) throws IOException {
    Optional<Pidfd> open = Pidfd.open(conmon);
    if (open.isEmpty()) {
      return;
    }
    try (Pidfd process = open.get();
        DirectoryStream<Path> fds = Files.newDirectoryStream(proc().resolve("fd"))) {
      for (Path fd : fds) {
        look(process, fd, kind, look);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void look(Pidfd process, Path fd, String kind, Look look) throws IOException {
    try {
      if (At.readlink(At.CWD, fd.toString()).startsWith(kind)) {
        try (Fd file = process.descriptor(Integer.parseInt(fd.getFileName().toString()))) {
          look.at(file);
        }
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EBADF) { // closed meanwhile
        throw e;
      }
    }
  }

  /**
   * What it has read so far, bytes, see proc_pid_io(5): the container's output for the most part,
   * and some counters of its event loop. Empty when it has ended or the kernel does not count.
   */
  public OptionalLong readBytes() {
    try {
      for (String line : Files.readAllLines(proc().resolve("io"))) {
        if (line.startsWith(READ) && conmon.present()) {
          return OptionalLong.of(Long.parseLong(line.substring(READ.length())));
        }
      }
      return OptionalLong.empty();
    } catch (IOException ended) {
      return OptionalLong.empty();
    }
  }

  private Path proc() {
    return Path.of("/proc/" + conmon.pid());
  }

  /** It writes as fast as it likes, unless it is stopped; a later {@link #take} attaches again. */
  @Override
  public void close() {
    if (socket != null) {
      socket.close();
      socket = null;
      narrow = false;
    }
  }
}
