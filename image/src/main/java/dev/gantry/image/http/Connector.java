package dev.gantry.image.http;

import dev.gantry.linux.BlockingCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes connections: every address of the host, through a proxy where there is one, with TLS. */
final class Connector {
  private static final int MOST_ADDRESSES = 6;

  private final Duration stall;
  private final TlsContexts contexts;

  Connector(Duration stall, TlsContexts contexts) {
    this.stall = stall;
    this.contexts = contexts;
  }

  Wire open(Route route, Duration timeout) throws IOException {
    Proxy proxy = route.proxy();
    Socket plain = proxy == null ? dial(route.host(), route.port(), timeout) : dial(proxy, timeout);
    boolean opened = false;
    try {
      Socket socket = plain;
      if (proxy != null) {
        socket = through(proxy, plain, route, timeout);
      }
      if (route.secure()) {
        socket = secure(socket, route.host(), route.port(), route.tls(), timeout);
      }
      var wire = new Wire(socket, plain, stall);
      opened = true;
      return wire;
    } finally {
      if (!opened) {
        plain.close();
      }
    }
  }

  /** A connection to the proxy as the request needs it. */
  private Socket through(Proxy proxy, Socket plain, Route route, Duration timeout)
      throws IOException {
    Socket socket = plain;
    switch (proxy.kind()) {
      case SOCKS5 -> {
        SocksHandshake.run(plain, proxy, route.host(), route.port(), timeout);
        return plain;
      }
      case HTTPS -> socket = secureProxy(plain, proxy, timeout);
      case HTTP -> {}
    }
    if (route.secure()) {
      tunnel(new Wire(socket, plain, timeout), route, proxy, timeout);
    }
    return socket;
  }

  private static Socket dial(Proxy proxy, Duration timeout) throws IOException {
    try {
      return dial(proxy.host(), proxy.port(), timeout);
    } catch (IOException e) {
      throw new ProxyException(proxy + ": " + FailureText.of(e), e);
    }
  }

  private Socket secureProxy(Socket plain, Proxy proxy, Duration timeout) throws IOException {
    try {
      return secure(plain, proxy.host(), proxy.port(), Tls.SYSTEM, timeout);
    } catch (IOException e) {
      throw new ProxyException(proxy + ": " + FailureText.of(e), e);
    }
  }

  private static Socket dial(String host, int port, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    InetAddress[] addresses = resolve(host, timeout);
    IOException failure = null;
    for (int i = 0; i < addresses.length; i++) {
      // Half of what is left for each but the last: one dead address (IPv6 with no route to it)
      // must not use up the time of those that live.
      long left = (deadline - System.nanoTime()) / 1_000_000;
      long wait = i == addresses.length - 1 ? left : left / 2;
      if (wait <= 0) {
        break;
      }
      var socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(addresses[i], port), (int) wait);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    throw failure != null
        ? failure
        : new SocketTimeoutException("no connection within " + timeout.toMillis() + " ms");
  }

  /** The resolver is a native call that may hang, which would hold a carrier thread. */
  private static InetAddress[] resolve(String host, Duration timeout) throws IOException {
    byte[] literal = NoProxy.address(host);
    if (literal != null) {
      return new InetAddress[] {InetAddress.getByAddress(host, literal)};
    }
    InetAddress[] all =
        BlockingCalls.run("resolve " + host, timeout, () -> InetAddress.getAllByName(host));
    return all.length > MOST_ADDRESSES ? Arrays.copyOf(all, MOST_ADDRESSES) : all;
  }

  private Socket secure(Socket plain, String host, int port, Tls tls, Duration timeout)
      throws IOException {
    SSLSocketFactory factory = contexts.factory(tls);
    plain.setSoTimeout((int) timeout.toMillis());
    SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
    if (!tls.skipVerify()) {
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    return socket;
  }

  /**
   * Asks the proxy to connect.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6">CONNECT</a>
   */
  private static void tunnel(Wire wire, Route route, Proxy proxy, Duration timeout)
      throws IOException {
    String request =
        "CONNECT "
            + route.authority()
            + " HTTP/1.1\r\nHost: "
            + route.authority()
            + "\r\n"
            + authorization(proxy)
            + "User-Agent: "
            + HttpClient.USER_AGENT
            + "\r\n\r\n";
    ResponseHead head;
    try {
      wire.out().write(request.getBytes(StandardCharsets.ISO_8859_1));
      wire.bound(timeout);
      head = ResponseHead.read(wire);
    } catch (IOException e) {
      throw new ProxyException(proxy + ": CONNECT: " + FailureText.of(e), e);
    }
    if (head.status() / 100 != 2) {
      throw new ProxyException(
          proxy
              + " answered "
              + head.status()
              + (head.status() == 407 ? " Proxy Authentication Required" : "")
              + " to CONNECT "
              + route.authority());
    }
    if (wire.buffered()) {
      throw new ProxyException(proxy + " sent more than its answer to CONNECT");
    }
  }

  static String authorization(@Nullable Proxy proxy) {
    return proxy == null || proxy.authorization().isEmpty()
        ? ""
        : "Proxy-Authorization: " + proxy.authorization() + "\r\n";
  }
}
