package dev.gantry.streaming;

import dev.gantry.linux.Fd;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the streams are connected to. Every call may block; it comes on a virtual thread.
 *
 * <p>Descriptors that are handed over are non-blocking and belong to the server.
 */
public interface StreamBackend {
  /**
   * Starts a command or attaches to a process.
   *
   * @throws IOException whose message the client gets
   */
  Running start(StreamRequest.RemoteCommand request) throws IOException;

  /**
   * A connected socket to a port of the pod.
   *
   * @throws IOException whose message the client gets
   */
  Fd connect(String pod, int port) throws IOException;

  /** A process whose streams are relayed. */
  interface Running extends AutoCloseable {
    /** Our ends of its streams. */
    Ends ends();

    /** Completes with the exit code; null when only the end of the streams tells. */
    @Nullable CompletableFuture<Integer> exit();

    /** Sets the size of its terminal. */
    void resize(int rows, int columns) throws IOException;

    /**
     * The client is done with standard input.
     *
     * @param socket of {@link Ends.Packets}
     */
    void endInput(Fd socket) throws IOException;

    /** Takes over the descriptor of an output that is not at its end although the process is. */
    void leave(Fd output) throws IOException;

    /** The client was gone before the end: ends what the client's absence should end. */
    void abandon() throws IOException;

    /** It has ended, and the client was told. */
    @Override
    void close() throws IOException;
  }

  /** How the streams of a process come. */
  sealed interface Ends {
    /** A pipe for each stream that is wanted. */
    record Pipes(@Nullable Fd stdin, @Nullable Fd stdout, @Nullable Fd stderr) implements Ends {}

    /** The master side of a terminal. */
    record Terminal(Fd master) implements Ends {}

    /**
     * A socket of packets. Those that come have the number of their stream in the first byte; those
     * that go are plain input.
     *
     * @param stdout the first byte of standard output
     * @param stderr the first byte of standard error
     * @param largestOut most bytes of a packet that goes
     * @param takesInput whether anybody reads what goes
     */
    record Packets(Fd socket, int stdout, int stderr, int largestOut, boolean takesInput)
        implements Ends {}
  }
}
