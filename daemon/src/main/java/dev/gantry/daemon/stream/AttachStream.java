package dev.gantry.daemon.stream;

import dev.gantry.container.Attachment;
import dev.gantry.linux.Fd;
import dev.gantry.linux.net.UnixSocket;
import dev.gantry.streaming.StreamBackend.Ends;
import dev.gantry.streaming.StreamBackend.Running;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client at a container's first process; the container goes on when the client goes. */
final class AttachStream implements Running {
  private final Attachment attachment;
  private final boolean takesInput;
  private final boolean writes;
  private final boolean once;

  /**
   * An attachment.
   *
   * @param takesInput whether the container was made with standard input
   * @param writes whether this client has it
   * @param once whether that input ends with the first client that had it
   */
  AttachStream(Attachment attachment, boolean takesInput, boolean writes, boolean once) {
    this.attachment = attachment;
    this.takesInput = takesInput;
    this.writes = writes;
    this.once = once;
  }

  @Override
  public Ends ends() {
    return new Ends.Packets(
        attachment.socket(),
        Attachment.STDOUT,
        Attachment.STDERR,
        Attachment.LONGEST_INPUT,
        takesInput);
  }

  @Override
  public @Nullable CompletableFuture<Integer> exit() {
    // The socket ends with the container.
    return null;
  }

  @Override
  public void resize(int rows, int columns) throws IOException {
    attachment.resize(rows, columns);
  }

  @Override
  public void endInput(Fd socket) throws IOException {
    if (once) {
      UnixSocket.endWriting(socket);
    }
  }

  @Override
  public void leave(Fd output) throws IOException {
    if (takesInput && once && !writes) {
      Attachment.stay(output);
    } else {
      output.close();
    }
  }

  @Override
  public void abandon() {
    close();
  }

  @Override
  public void close() {
    // The descriptor is all there is, and it was left or closed.
  }
}
