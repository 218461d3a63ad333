package dev.gantry.image.http;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Asks a SOCKS 5 proxy to connect. The name of the host is the proxy's to resolve, as with Go's
 * clients, whether the address says {@code socks5} or {@code socks5h}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</a>, <a
 *     href="https://www.rfc-editor.org/rfc/rfc1929">RFC 1929</a>
 */
final class SocksHandshake {
  private static final int VERSION = 5;
  private static final int ANONYMOUS = 0;
  private static final int PASSWORD = 2;
  private static final int PASSWORD_VERSION = 1;
  private static final int CONNECT = 1;
  private static final int IPV4 = 1;
  private static final int NAME = 3;
  private static final int IPV6 = 4;
  private static final int MOST = 255;

  private final Proxy proxy;
  private final DataInputStream in;
  private final OutputStream out;

  private SocksHandshake(Proxy proxy, Socket socket) throws IOException {
    this.proxy = proxy;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /**
   * Makes of a connection to the proxy one to the host.
   *
   * @throws ProxyException with what the proxy said
   */
  static void run(Socket socket, Proxy proxy, String host, int port, Duration timeout)
      throws IOException {
    try {
      socket.setSoTimeout((int) timeout.toMillis());
      var handshake = new SocksHandshake(proxy, socket);
      handshake.authenticate();
      handshake.connect(host, port);
      socket.setSoTimeout(0);
    } catch (ProxyException e) {
      throw e;
    } catch (IOException e) {
      throw new ProxyException(proxy + ": SOCKS: " + FailureText.of(e), e);
    }
  }

  private void authenticate() throws IOException {
    boolean named = !proxy.user().isEmpty();
    out.write(
        named ? new byte[] {VERSION, 2, ANONYMOUS, PASSWORD} : new byte[] {VERSION, 1, ANONYMOUS});
    if (in.readUnsignedByte() != VERSION) {
      throw new ProxyException(proxy + " does not speak SOCKS 5");
    }
    int method = in.readUnsignedByte();
    if (method == PASSWORD && named) {
      var login = new ByteArrayOutputStream();
      login.write(PASSWORD_VERSION);
      text(login, proxy.user());
      text(login, proxy.password());
      out.write(login.toByteArray());
      in.readUnsignedByte();
      if (in.readUnsignedByte() != 0) {
        throw new ProxyException(proxy + " refuses user and password");
      }
    } else if (method != ANONYMOUS) {
      throw new ProxyException(
          proxy + (named ? " takes no user and password" : " wants a user and a password"));
    }
  }

  private void connect(String host, int port) throws IOException {
    var request = new ByteArrayOutputStream();
    request.writeBytes(new byte[] {VERSION, CONNECT, 0});
    byte[] address = NoProxy.address(host);
    if (address == null) {
      request.write(NAME);
      text(request, host);
    } else {
      request.write(address.length == 4 ? IPV4 : IPV6);
      request.writeBytes(address);
    }
    request.write(port >> 8);
    request.write(port);
    out.write(request.toByteArray());
    in.readUnsignedByte();
    int reply = in.readUnsignedByte();
    if (reply != 0) {
      throw new ProxyException(proxy + ": " + text(reply) + " (connecting to " + host + ")");
    }
    in.readUnsignedByte();
    in.skipNBytes(
        2
            + switch (in.readUnsignedByte()) {
              case IPV4 -> 4;
              case IPV6 -> 16;
              case NAME -> in.readUnsignedByte();
              default -> throw new ProxyException(proxy + " does not speak SOCKS 5");
            });
  }

  private void text(ByteArrayOutputStream to, String text) throws ProxyException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST) {
      throw new ProxyException(proxy + ": SOCKS has no names of more than " + MOST + " bytes");
    }
    to.write(bytes.length);
    to.writeBytes(bytes);
  }

  private static String text(int reply) {
    return switch (reply) {
      case 1 -> "general failure";
      case 2 -> "not allowed by its rules";
      case 3 -> "network unreachable";
      case 4 -> "host unreachable";
      case 5 -> "connection refused";
      case 6 -> "time to live expired";
      case 7 -> "command not supported";
      case 8 -> "address type not supported";
      default -> "SOCKS error " + reply;
    };
  }
}
