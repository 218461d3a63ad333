package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An exec or attach over SPDY: the client opens a stream for each of its kinds, named by a header,
 * and when all are there it begins.
 */
final class SpdyCommand implements SpdyConnection.Opener {
  private final StreamBackend backend;
  private final StreamRequest.RemoteCommand request;
  private final StreamingSettings settings;
  private final Protocol protocol;
  private final Set<String> wanted = new HashSet<>();
  private final Map<String, ByteStream> opened = new HashMap<>();
  private final SpdyConnection connection = new SpdyConnection(this);
  private @Nullable Wire wire;
  private @Nullable ScheduledFuture<?> creation;

  SpdyCommand(
      StreamBackend backend,
      StreamRequest.RemoteCommand request,
      StreamingSettings settings,
      Protocol protocol) {
    this.backend = backend;
    this.request = request;
    this.settings = settings;
    this.protocol = protocol;
    wanted.add("error");
    want("stdin", request.stdin());
    want("stdout", request.stdout());
    want("stderr", request.stderr());
    want("resize", request.terminal() && protocol.resizes());
  }

  private void want(String type, boolean yes) {
    if (yes) {
      wanted.add(type);
    }
  }

  SpdyConnection handler() {
    return connection;
  }

  @Override
  public void ready(Wire on) {
    wire = on;
    on.endWhenIdle(settings.idleTimeout());
    creation =
        on.loop().schedule(on::abort, settings.creationTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public boolean opened(Map<String, String> headers, int id, ByteStream stream) {
    String type = headers.getOrDefault("streamtype", "");
    if (!wanted.contains(type) || opened.putIfAbsent(type, stream) != null) {
      return false;
    }
    if (opened.size() == wanted.size()) {
      // After the reply to this one.
      stream.wire().loop().execute(this::begin);
    }
    return true;
  }

  private void begin() {
    Wire on = wire;
    ByteStream error = opened.get("error");
    if (on == null || error == null) {
      throw new IllegalStateException("not all streams are there");
    }
    if (creation != null) {
      creation.cancel(false);
    }
    connection.noMoreStreams();
    var streams =
        new CommandStreams(
            error,
            opened.get("stdin"),
            opened.get("stdout"),
            opened.get("stderr"),
            opened.get("resize"),
            protocol.statusJson(),
            connection::leave);
    new CommandSession(on, streams, backend, request).begin();
  }
}
