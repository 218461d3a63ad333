package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.net.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One more reader, and writer, of what a container's first process writes and reads, by conmon's
 * attach socket: packets, each of whose first byte says which stream it is of. What is sent to it
 * becomes the container's input. See conmon's {@code src/conn_sock.c}.
 *
 * <p>conmon waits for a reader who is slow, and the container's log with it: read what there is.
 */
public final class Attachment {
  /** First byte of a packet of standard output. */
  public static final int STDOUT = 2;

  /** First byte of a packet of standard error. */
  public static final int STDERR = 3;

  /** The longest packet that conmon sends, with its first byte. */
  public static final int LONGEST_OUTPUT = 8193;

  /** The longest packet that conmon takes. */
  public static final int LONGEST_INPUT = 8192;

  private final ContainerRef container;
  private final Fd socket;

  private Attachment(ContainerRef container, Fd socket) {
    this.container = container;
    this.socket = socket;
  }

  static Attachment to(ContainerRef container) throws RuntimeFailure {
    String what = "attach to container " + container.id();
    if (!container.running()) {
      throw new RuntimeFailure(Kind.NOT_RUNNING, what + ": the container is not running");
    }
    try {
      return new Attachment(
          container, UnixSocket.connectPackets(container.bundle().resolve("attach")));
    } catch (LinuxException e) {
      throw e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED
          ? new RuntimeFailure(Kind.MONITOR_LOST, what + ": conmon is gone", e)
          : RuntimeFailure.system(what, e);
    }
  }

  /** The socket, non-blocking; whoever uses it closes it. Its end is the container's. */
  public Fd socket() {
    return socket;
  }

  /** Sets the size of the container's terminal. */
  public void resize(int rows, int columns) throws LinuxException {
    Path control = container.bundle().resolve("ctl");
    byte[] line = ("1 " + rows + " " + columns + "\n").getBytes(StandardCharsets.US_ASCII);
    try (Fd fd = At.open(At.CWD, control.toString(), OpenFlags.WRONLY | OpenFlags.NONBLOCK, 0)) {
      fd.write(ByteBuffer.allocateDirect(line.length).put(line).flip());
    }
  }

  /**
   * Stays attached, in silence, until the container ends: where standard input ends with the first
   * client that leaves, conmon would end it for one who never wrote, too.
   */
  public static void stay(Fd socket) throws LinuxException {
    PipeReader.read(socket, 0).letGo();
  }
}
