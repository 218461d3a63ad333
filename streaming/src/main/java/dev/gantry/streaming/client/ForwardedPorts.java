package dev.gantry.streaming.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The client of a port-forward: any number of local connections over one to the server. */
public final class ForwardedPorts implements AutoCloseable {
  private static final int CHUNK = 64 << 10;
  private static final int LONGEST_ERROR = 8 << 10;

  private final Connection connection;
  private final AtomicInteger requests = new AtomicInteger();

  private ForwardedPorts(Connection connection) {
    this.connection = connection;
  }

  /** Connects to the server. */
  public static ForwardedPorts connect(URI url, Transport transport) throws IOException {
    return new ForwardedPorts(Connections.portForward(url, transport));
  }

  /** Relays until the server ends the connection; to be called once. */
  public void run() throws IOException {
    connection.run();
  }

  /**
   * Ties a local connection to a port of the pod; returns at once. The socket is closed in the end.
   *
   * @param failed told why the pod's side did not work
   */
  public void forward(Socket local, int port, Consumer<String> failed) throws IOException {
    String request = Integer.toString(requests.getAndIncrement());
    var error = new ErrorSink(failed);
    connection.open(headers("error", port, request), error).end();
    var toLocal = new LocalSink(local);
    Connection.Out data = connection.open(headers("data", port, request), toLocal);
    var directions = new AtomicInteger(2);
    Runnable ended =
        () -> {
          if (directions.decrementAndGet() == 0) {
            quietly(local::close);
          }
        };
    Thread.ofPlatform().daemon().name("to-local").start(() -> toLocal.run(data, ended));
    Thread.ofPlatform().daemon().name("from-local").start(() -> fromLocal(local, data, ended));
  }

  private static Map<String, String> headers(String type, int port, String request) {
    return Map.of(
        RemoteCommand.STREAM_TYPE, type, "port", Integer.toString(port), "requestid", request);
  }

  private static void fromLocal(Socket local, Connection.Out data, Runnable ended) {
    byte[] chunk = new byte[CHUNK];
    try {
      InputStream in = local.getInputStream();
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        data.write(chunk, 0, count);
      }
      data.end();
    } catch (IOException gone) {
      // Whoever closed the local connection, its other direction ends too.
      quietly(data::reset);
      quietly(local::close);
    } finally {
      ended.run();
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void quietly(Step step) {
    try {
      step.run();
    } catch (IOException gone) {
      return;
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }

  /** Takes what comes into a queue, so that one slow connection does not hold the others up. */
  private static final class LocalSink implements Connection.Sink {
    private final Socket local;
    private final ByteQueue queue = new ByteQueue();

    LocalSink(Socket local) {
      this.local = local;
    }

    @Override
    public void data(byte[] from, int offset, int length) throws IOException {
      queue.put(from, offset, length);
    }

    @Override
    public void end() {
      queue.end();
    }

    void run(Connection.Out data, Runnable ended) {
      try {
        queue.drainTo(local.getOutputStream());
        local.shutdownOutput();
      } catch (IOException gone) {
        queue.abandon();
        quietly(data::reset);
        quietly(local::close);
      } finally {
        ended.run();
      }
    }
  }

  private static final class ErrorSink implements Connection.Sink {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final Consumer<String> failed;

    ErrorSink(Consumer<String> failed) {
      this.failed = failed;
    }

    @Override
    public void data(byte[] from, int offset, int length) {
      text.write(from, offset, Math.min(length, LONGEST_ERROR - text.size()));
    }

    @Override
    public void end() {
      if (text.size() > 0) {
        failed.accept(text.toString(StandardCharsets.UTF_8));
      }
    }
  }
}
