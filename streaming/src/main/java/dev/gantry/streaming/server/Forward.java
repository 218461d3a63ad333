package dev.gantry.streaming.server;

import dev.gantry.linux.Fd;
import dev.gantry.linux.net.UnixSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One forwarded connection: each direction ends by itself. */
final class Forward implements EdgeFd.Reader {
  private static final Logger LOG = LoggerFactory.getLogger(Forward.class);

  private final PortForwardSession session;
  private final ByteStream data;
  private final ByteStream error;
  private @Nullable EdgeFd pod;
  private @Nullable InputRelay input;
  private boolean podEnded;
  private boolean clientEnded;
  private boolean closed;

  Forward(PortForwardSession session, ByteStream data, ByteStream error) {
    this.session = session;
    this.data = data;
    this.error = error;
    error.receive(ByteStream.NOBODY);
    if (data instanceof SpdyConnection.Stream stream) {
      stream.onReset(this::close);
    }
  }

  void connected(Fd socket) {
    if (closed || session.over()) {
      socket.close();
      return;
    }
    Wire wire = session.wire();
    var edge = new EdgeFd(wire.loop(), wire.buffers(), socket, Integer.MAX_VALUE);
    pod = edge;
    edge.open();
    input = new InputRelay(wire, edge, () -> clientEnded(socket));
    data.receive(input);
    edge.read(this);
  }

  void failed(String why) {
    if (!closed) {
      LOG.debug("{}", why);
      error.write(Unpooled.copiedBuffer(why, StandardCharsets.UTF_8));
      close();
    }
  }

  @Override
  public void data(ByteBuf bytes) {
    data.write(bytes);
    if (!session.wire().writable() && pod != null) {
      pod.pause();
    }
  }

  void resume() {
    if (pod != null) {
      pod.resume();
    }
  }

  @Override
  public void turn() {
    session.wire().flush();
  }

  @Override
  public void empty() {
    // More will come, or the end.
  }

  @Override
  public void end(@Nullable IOException why) {
    if (why != null) {
      failed("the connection in the pod failed: " + why.getMessage());
      return;
    }
    podEnded = true;
    data.end();
    session.wire().flush();
    if (data.endsByDirection()) {
      closeIfOver();
    } else {
      // The client learns it from the end of the connection only.
      close();
    }
  }

  private void clientEnded(Fd socket) {
    clientEnded = true;
    try {
      UnixSocket.endWriting(socket);
    } catch (IOException e) {
      LOG.debug("end of a direction", e);
    }
    closeIfOver();
  }

  private void closeIfOver() {
    if (podEnded && clientEnded) {
      close();
    }
  }

  /** Ends both directions. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    session.ended(this);
    if (input != null) {
      input.stop();
    }
    if (pod != null) {
      pod.close();
    }
    if (!session.over()) {
      // First what went wrong: a client may leave as soon as the data end.
      error.end();
      error.reset();
      data.end();
      if (!clientEnded) {
        data.reset();
      }
      session.wire().flush();
    } else {
      data.drop();
    }
  }
}
