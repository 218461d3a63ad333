package dev.gantry.streaming;

import dev.gantry.streaming.server.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives one-time URLs, and serves whoever comes with one. It listens from the first URL on.
 *
 * <p>The URL is the only secret: loopback is open to every local user.
 */
public final class StreamingServer implements AutoCloseable {
  private final StreamingSettings settings;
  private final StreamBackend backend;
  private final Tokens tokens;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Listener listener;
  private boolean closed;

  public StreamingServer(StreamingSettings settings, StreamBackend backend) {
    this.settings = settings;
    this.backend = backend;
    this.tokens = new Tokens(settings.urlLifetime());
  }

  /**
   * A URL under which what is asked for is served once, soon.
   *
   * @throws TooManyStreamsException when too many URLs wait for their clients
   * @throws IOException when the server cannot listen; says where
   */
  public String url(StreamRequest request) throws IOException {
    InetSocketAddress address = listening().address();
    String scheme = settings.tls() == StreamingSettings.Tls.OFF ? "http" : "https";
    return scheme
        + "://"
        + host(address.getAddress())
        + ":"
        + address.getPort()
        + "/"
        + request.kind()
        + "/"
        + tokens.add(request);
  }

  /** Clients that are connected. */
  public int connections() {
    lock.lock();
    try {
      return listener == null ? 0 : listener.connections();
    } finally {
      lock.unlock();
    }
  }

  private Listener listening() throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the streaming server is closed");
      }
      Listener open = listener;
      if (open == null) {
        open = Listener.open(settings, backend, tokens::take);
        listener = open;
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  private static String host(InetAddress address) throws IOException {
    InetAddress named = address.isAnyLocalAddress() ? InetAddress.getLocalHost() : address;
    String text = named.getHostAddress();
    return text.indexOf(':') < 0 ? text : "[" + text.replaceAll("%.*", "") + "]";
  }

  /** Ends every stream, and what it runs. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (listener != null) {
        listener.close();
        listener = null;
      }
    } finally {
      lock.unlock();
    }
  }
}
