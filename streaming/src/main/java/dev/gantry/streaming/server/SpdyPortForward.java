package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A port-forward over SPDY: for each connection the client opens a pair of streams, one for errors
 * and one for data, that have a request id in common.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class SpdyPortForward implements SpdyConnection.Opener {
  private final StreamBackend backend;
  private final StreamRequest.PortForward request;
  private final StreamingSettings settings;
  private final Map<String, Pair> pairs = new HashMap<>();
  private final SpdyConnection connection = new SpdyConnection(this);
  private @Nullable PortForwardSession session;

  private static final class Pair {
    private final int port;
    private @Nullable ByteStream data;
    private @Nullable ByteStream error;

    private Pair(int port) {
      this.port = port;
    }
  }

  SpdyPortForward(
      StreamBackend backend, StreamRequest.PortForward request, StreamingSettings settings) {
    this.backend = backend;
    this.request = request;
    this.settings = settings;
  }

  SpdyConnection handler() {
    return connection;
  }

  @Override
  public void ready(Wire on) {
    session = new PortForwardSession(on, backend, request, () -> {});
    on.endWhenIdle(settings.idleTimeout());
  }

  @Override
  public boolean opened(Map<String, String> headers, int id, ByteStream stream) {
    String type = headers.getOrDefault("streamtype", "");
    int port = Ports.parse(headers.getOrDefault("port", ""));
    boolean isError = type.equals("error");
    if (port == 0 || (!isError && !type.equals("data")) || pairs.size() >= Limits.FORWARDS) {
      return false;
    }
    // Clients of Kubernetes 1.0 name no request: their data stream comes after the error stream.
    String request = headers.getOrDefault("requestid", "stream-" + (isError ? id : id - 2));
    Pair pair = pairs.get(request);
    if (pair == null) {
      pair = new Pair(port);
      pairs.put(request, pair);
      expire(stream.wire(), request, pair);
    }
    if ((isError ? pair.error : pair.data) != null || pair.port != port) {
      return false;
    }
    if (isError) {
      pair.error = stream;
    } else {
      pair.data = stream;
    }
    if (pair.error != null && pair.data != null) {
      pairs.remove(request);
      Pair complete = pair;
      // After the reply to this one.
      stream.wire().loop().execute(() -> begin(complete));
    }
    return true;
  }

  private void expire(Wire on, String request, Pair pair) {
    on.loop()
        .schedule(
            () -> {
              if (pairs.remove(request, pair)) {
                reset(pair.error);
                reset(pair.data);
              }
            },
            settings.creationTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private static void reset(@Nullable ByteStream stream) {
    if (stream != null) {
      stream.reset();
    }
  }

  private void begin(Pair pair) {
    PortForwardSession forwards = session;
    ByteStream data = pair.data;
    ByteStream error = pair.error;
    if (forwards != null && data != null && error != null) {
      forwards.forward(pair.port, data, error);
    }
  }
}
