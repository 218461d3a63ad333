package dev.gantry.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests through a small SOCKS 5 proxy, which takes every name for the one server there is. */
class SocksTest {
  private final StubServer server =
      new StubServer((request, out) -> StubServer.reply(out, 200, "hello"));
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private ServerSocket proxy;
  private volatile String login = "";
  private volatile int reply;

  @BeforeEach
  void listen() throws IOException {
    proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    server.close();
  }

  private void accept() {
    while (!proxy.isClosed()) {
      try {
        Socket client = proxy.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      var in = new DataInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      assertThat(in.readUnsignedByte()).isEqualTo(5);
      byte[] methods = in.readNBytes(in.readUnsignedByte());
      if (login.isEmpty()) {
        out.write(new byte[] {5, 0});
      } else if (methods.length < 2) {
        out.write(new byte[] {5, (byte) 0xff});
        return;
      } else {
        out.write(new byte[] {5, 2});
        in.readUnsignedByte();
        String said = text(in) + ":" + text(in);
        out.write(new byte[] {1, (byte) (said.equals(login) ? 0 : 1)});
      }
      in.skipNBytes(3);
      int kind = in.readUnsignedByte();
      String host =
          kind == 3
              ? text(in)
              : InetAddress.getByAddress(in.readNBytes(kind == 1 ? 4 : 16)).getHostAddress();
      asked.add(host + ":" + in.readUnsignedShort());
      out.write(new byte[] {5, (byte) reply, 0, 3, 2, 'o', 'k', 0, 0});
      if (reply == 0) {
        String target = server.host();
        int colon = target.lastIndexOf(':');
        try (Socket to =
            new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))) {
          Thread back = Thread.ofVirtual().start(() -> copy(to, client));
          copy(client, to);
          back.join();
        }
      }
    } catch (IOException | InterruptedException ended) {
      asked.add("" + ended.getMessage());
    }
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException ended) {
      assertThat(ended).isNotNull();
    }
  }

  private String get(String proxyUri, String target) throws IOException {
    var client =
        new HttpClient(Duration.ofSeconds(5), Proxies.from(Map.of("HTTP_PROXY", proxyUri)));
    var request =
        new HttpRequest(
            "GET", URI.create(target), Map.of(), Tls.SYSTEM, Duration.ofSeconds(5), null);
    try (HttpAnswer answer = client.send(request)) {
      return answer.status() + " " + new String(answer.bytes(1000), StandardCharsets.UTF_8);
    }
  }

  private String uri(String user) {
    return "socks5://" + user + "127.0.0.1:" + proxy.getLocalPort();
  }

  @Test
  void theProxyConnectsByNameAndTheRequestIsTheServers() throws IOException {
    assertThat(get(uri(""), "http://registry.example/v2/?a=b")).isEqualTo("200 hello");
    assertThat(asked).containsExactly("registry.example:80");
    StubServer.Request seen = server.requests().getFirst();
    assertThat(seen.target()).isEqualTo("/v2/?a=b");
    assertThat(seen.header("Host")).isEqualTo("registry.example");
    assertThat(get(uri("").replace("socks5", "socks5h"), "http://10.1.2.3:5000/"))
        .isEqualTo("200 hello");
    assertThat(asked).last().isEqualTo("10.1.2.3:5000");
    assertThat(get(uri(""), "http://[fd00::1]:5000/")).isEqualTo("200 hello");
    assertThat(asked).last().isEqualTo("fd00:0:0:0:0:0:0:1:5000");
  }

  @Test
  void userAndPasswordAreForTheProxyAlone() throws IOException {
    login = "me@x:geheim";
    assertThat(get(uri("me%40x:geheim@"), "http://registry.example/")).isEqualTo("200 hello");
    assertThat(server.requests().getFirst().header("Proxy-Authorization")).isNull();
    assertThatThrownBy(() -> get(uri("me%40x:falsch@"), "http://registry.example/"))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("(HTTP_PROXY) refuses user and password")
        .hasMessageNotContaining("falsch");
    assertThatThrownBy(() -> get(uri(""), "http://registry.example/"))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("wants a user and a password");
  }

  @Test
  void whatTheProxySaysIsInTheError() throws IOException {
    reply = 5;
    assertThatThrownBy(() -> get(uri(""), "http://registry.example/"))
        .isInstanceOf(ProxyException.class)
        .hasMessage(
            "proxy "
                + uri("")
                + " (HTTP_PROXY): connection refused (connecting to registry.example)");
    String gone = uri("");
    proxy.close();
    assertThatThrownBy(() -> get(gone, "http://registry.example/"))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("proxy " + gone);
    String http = "socks5://" + server.host();
    assertThatThrownBy(() -> get(http, "http://registry.example/"))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("proxy " + http);
  }
}
