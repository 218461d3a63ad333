package dev.gantry.streaming.server;

import dev.gantry.linux.Fd;
import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All forwarded connections of one client. */
final class PortForwardSession {
  private static final Logger LOG = LoggerFactory.getLogger(PortForwardSession.class);

  private final Wire wire;
  private final StreamBackend backend;
  private final StreamRequest.PortForward request;
  private final Set<Forward> forwards = new HashSet<>();
  private final Runnable onLastEnd;
  private boolean over;

  /**
   * A session.
   *
   * @param onLastEnd called when no connection is left
   */
  PortForwardSession(
      Wire wire, StreamBackend backend, StreamRequest.PortForward request, Runnable onLastEnd) {
    this.wire = wire;
    this.onLastEnd = onLastEnd;
    this.backend = backend;
    this.request = request;
    wire.listen(this::resume, this::gone);
  }

  Wire wire() {
    return wire;
  }

  /**
   * Connects to a port and relays.
   *
   * @param data the bytes both ways
   * @param error gets why it did not work, and ends with the connection
   */
  void forward(int port, ByteStream data, ByteStream error) {
    if (forwards.size() >= Limits.FORWARDS) {
      refuse(port, data, error, "more than " + Limits.FORWARDS + " connections at a time");
      return;
    }
    var forward = new Forward(this, data, error);
    forwards.add(forward);
    Thread.ofVirtual()
        .name("port-forward")
        .start(() -> {
          try {
            Fd socket = backend.connect(request.pod(), port);
            inLoop(() -> forward.connected(socket), socket::close);
          } catch (IOException | RuntimeException e) {
            inLoop(() -> forward.failed(describe(port, String.valueOf(e.getMessage()))), () -> {});
          }
        });
  }

  private void inLoop(Runnable work, Runnable otherwise) {
    try {
      wire.loop().execute(work);
    } catch (RuntimeException stopped) {
      LOG.debug("the server is closed", stopped);
      otherwise.run();
    }
  }

  private String describe(int port, String why) {
    return "error forwarding port " + port + " to pod " + request.pod() + ": " + why;
  }

  private void refuse(int port, ByteStream data, ByteStream error, String why) {
    error.write(Unpooled.copiedBuffer(describe(port, why), StandardCharsets.UTF_8));
    error.end();
    data.end();
    wire.flush();
  }

  void ended(Forward forward) {
    if (forwards.remove(forward) && forwards.isEmpty() && !over) {
      // After the words of its end.
      wire.loop().execute(onLastEnd);
    }
  }

  boolean over() {
    return over;
  }

  private void resume() {
    Set.copyOf(forwards).forEach(Forward::resume);
  }

  private void gone() {
    over = true;
    Set.copyOf(forwards).forEach(Forward::close);
  }
}
