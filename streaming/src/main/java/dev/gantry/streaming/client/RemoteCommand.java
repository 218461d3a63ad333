package dev.gantry.streaming.client;

import dev.gantry.streaming.ExitStatusJson;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The client of an exec or attach.
 *
 * <p>{@link #run} blocks until the server has said how it ended; {@link #resize} and {@link #close}
 * may come from other threads meanwhile.
 */
public final class RemoteCommand implements AutoCloseable {
  static final String STREAM_TYPE = "streamtype";

  private static final int CHUNK = 64 << 10;
  private static final int LONGEST_STATUS = 64 << 10;

  private final Connection connection;
  private final ByteArrayOutputStream status = new ByteArrayOutputStream();
  private final boolean terminal;
  private Connection.@Nullable Out resize;
  private Runnable onReady = () -> {};

  private RemoteCommand(Connection connection, boolean terminal) {
    this.connection = connection;
    this.terminal = terminal;
  }

  /**
   * Connects.
   *
   * @param terminal whether the URL was asked for with a terminal
   */
  public static RemoteCommand connect(URI url, Transport transport, boolean terminal)
      throws IOException {
    return new RemoteCommand(Connections.command(url, transport), terminal);
  }

  /**
   * Relays until the end; the streams must be those that the URL was asked for with.
   *
   * @param stdin read on a thread of its own, which nobody can end while it waits; null when the
   *     command has none
   * @param stdout null when it is not wanted
   * @param stderr null when it is not wanted
   * @param onOpen called when {@link #resize} may be called
   * @param ready called with the first sign of the other side, if it gives one
   */
  public Outcome run(
      @Nullable InputStream stdin,
      @Nullable OutputStream stdout,
      @Nullable OutputStream stderr,
      Runnable onOpen,
      Runnable ready)
      throws IOException {
    open("error", new StatusSink());
    if (stdout != null) {
      open("stdout", new StreamSink(stdout));
    }
    if (stderr != null) {
      open("stderr", new StreamSink(stderr));
    }
    if (terminal) {
      resize = open("resize", new StreamSink(OutputStream.nullOutputStream()));
      onOpen.run();
    }
    if (stdin != null) {
      Connection.Out input = open("stdin", new StreamSink(OutputStream.nullOutputStream()));
      Thread.ofPlatform().daemon().name("stdin").start(() -> copy(stdin, input));
    }
    onReady = ready;
    try {
      connection.run();
    } catch (IOException e) {
      // We close the connection ourselves after the status.
      if (status.size() == 0) {
        throw e;
      }
    }
    String text = status.toString(StandardCharsets.UTF_8);
    return text.isEmpty()
        ? new Outcome.Failed("the connection ended before the command did")
        : ExitStatusJson.parse(text);
  }

  private Connection.Out open(String type, Connection.Sink sink) throws IOException {
    return connection.open(Map.of(STREAM_TYPE, type), sink);
  }

  private static void copy(InputStream from, Connection.Out to) {
    byte[] chunk = new byte[CHUNK];
    try {
      for (int count = from.read(chunk); count >= 0; count = from.read(chunk)) {
        to.write(chunk, 0, count);
      }
      to.end();
    } catch (IOException gone) {
      // The server tells how it ended, to the thread that listens.
      return;
    }
  }

  /** Tells the size of our terminal. */
  public void resize(int rows, int columns) throws IOException {
    Connection.Out to = resize;
    if (to != null) {
      byte[] json =
          ("{\"Width\":" + columns + ",\"Height\":" + rows + "}\n")
              .getBytes(StandardCharsets.US_ASCII);
      to.write(json, 0, json.length);
    }
  }

  /** Goes without an end of what runs; {@link #run} returns when the server has noticed. */
  public void leave() throws IOException {
    connection.leave();
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }

  private final class StatusSink implements Connection.Sink {
    @Override
    public void data(byte[] from, int offset, int length) throws IOException {
      status.write(from, offset, Math.min(length, LONGEST_STATUS - status.size()));
    }

    @Override
    public void end() throws IOException {
      // Everything else was sent before it, so nothing more is to be waited for.
      if (status.size() > 0) {
        connection.close();
      }
    }
  }

  private final class StreamSink implements Connection.Sink {
    private final OutputStream to;

    StreamSink(OutputStream to) {
      this.to = to;
    }

    @Override
    public void data(byte[] from, int offset, int length) throws IOException {
      Runnable ready = onReady;
      onReady = () -> {};
      ready.run();
      to.write(from, offset, length);
      to.flush();
    }

    @Override
    public void end() throws IOException {
      to.flush();
    }
  }
}
