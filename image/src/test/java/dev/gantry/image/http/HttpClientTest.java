package dev.gantry.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpClientTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  private StubServer server = StubServer.saying("");

  @AfterEach
  void close() {
    server.close();
  }

  private void serve(StubServer.Script script) {
    server.close();
    server = new StubServer(script);
  }

  private void serve(String answer) {
    server.close();
    server = StubServer.saying(answer);
  }

  private static HttpClient client(Map<String, String> environment) {
    return new HttpClient(Duration.ofSeconds(10), Proxies.from(environment));
  }

  private static HttpClient impatient() {
    return new HttpClient(Duration.ofMillis(400), Proxies.NONE);
  }

  private HttpRequest request(String method, String path) {
    return new HttpRequest(
        method,
        URI.create("http://" + server.host() + path),
        Map.of(),
        Tls.SYSTEM,
        Duration.ofSeconds(5),
        null);
  }

  private String get(HttpClient client) throws IOException {
    try (HttpAnswer answer = client.send(request("GET", "/"))) {
      return answer.status() + " " + new String(answer.bytes(1000), StandardCharsets.UTF_8);
    }
  }

  @Test
  void everyFramingOfABodyIsRead() throws IOException {
    for (String answer :
        new String[] {
          OK + "Content-Length: 5\r\n\r\nhello",
          OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: r\r\n\r\n",
          OK + "\r\nhello",
          "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK + "content-length:5\r\n\r\nhello",
          "HTTP/1.0 200\r\nContent-Length: 5\r\nX: a\r\n b\r\n\r\nhello",
        }) {
      serve(answer);
      assertThat(get(client(Map.of()))).as(answer).isEqualTo("200 hello");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 999 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "HTTP/1.1 200 OK\r\n continued\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        "HTTP/1.1 101 Switching\r\n\r\n",
      })
  void whatIsNotHttpIsAnError(String answer) {
    serve(answer);
    assertThatThrownBy(() -> get(client(Map.of()))).isInstanceOf(IOException.class);
  }

  @Test
  void giantHeadsAndBodiesAreBounded() {
    serve((request, out) -> {
      out.write((OK + "X: " + "a".repeat(100_000)).getBytes(StandardCharsets.US_ASCII));
      return endless(out, "a".repeat(1000));
    });
    assertThatThrownBy(() -> get(client(Map.of()))).hasMessageContaining("a header line exceeds");
    serve((request, out) -> {
      out.write(OK.getBytes(StandardCharsets.US_ASCII));
      return endless(out, "X: y\r\n");
    });
    assertThatThrownBy(() -> get(client(Map.of())))
        .hasMessageContaining("the answer's head exceeds");
    serve((request, out) -> endless(out, "HTTP/1.1 100 Continue\r\n\r\n"));
    assertThatThrownBy(() -> get(client(Map.of()))).hasMessageContaining("interim answers");
    serve((request, out) -> {
      out.write((OK + "\r\n").getBytes(StandardCharsets.US_ASCII));
      return endless(out, "x".repeat(1000));
    });
    assertThatThrownBy(() -> get(client(Map.of()))).hasMessageContaining("exceeds 1000 bytes");
    serve(OK + "Content-Length: 5000000000\r\n\r\n");
    assertThatThrownBy(() -> get(client(Map.of()))).hasMessageContaining("exceeds 1000 bytes");
  }

  private static boolean endless(OutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    while (true) {
      out.write(bytes);
    }
  }

  @Test
  void aStallAndATricklingHeadEnd() {
    serve((request, out) -> {
      Thread.sleep(20_000);
      return false;
    });
    assertThatThrownBy(() -> get(impatient()))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("no byte came for 400 ms");
    serve((request, out) -> {
      out.write(OK.getBytes(StandardCharsets.US_ASCII));
      while (true) {
        out.write("X: y\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        Thread.sleep(100);
      }
    });
    assertThatThrownBy(() -> get(impatient())).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void connectionsServeAgainAndStaleOnesAreReplaced() throws IOException {
    serve((request, out) -> {
      StubServer.reply(out, 200, "hello");
      return request.target().equals("/") && server.requests().size() != 3;
    });
    HttpClient client = client(Map.of());
    for (int i = 0; i < 5; i++) {
      assertThat(get(client)).isEqualTo("200 hello");
    }
    assertThat(server.requests())
        .extracting(StubServer.Request::connection)
        .as("the third answer ended its connection without saying so")
        .containsExactly(0, 0, 0, 1, 1);
  }

  @Test
  void aConnectionThatWasNotReadToItsEndIsNotUsedAgain() throws IOException {
    serve((request, out) -> StubServer.reply(out, 200, "x".repeat(100_000)));
    HttpClient client = client(Map.of());
    try (HttpAnswer answer = client.send(request("GET", "/"))) {
      assertThat(answer.body().read()).isEqualTo('x');
    }
    try (HttpAnswer answer = client.send(request("HEAD", "/"))) {
      assertThat(answer.length()).isEqualTo(100_000);
      assertThat(answer.body().read()).isEqualTo(-1);
    }
    assertThat(server.requests()).extracting(StubServer.Request::connection).containsExactly(0, 1);
  }

  @Test
  void anyMethodMayCarryABody() throws IOException {
    serve((request, out) -> StubServer.reply(out, 202, request.method() + " " + request.body()));
    HttpClient client = client(Map.of());
    for (String method : List.of("POST", "PUT", "PATCH")) {
      var base = request(method, "/");
      var request =
          new HttpRequest(
              method,
              base.uri(),
              Map.of("Content-Type", List.of("text/plain")),
              Tls.SYSTEM,
              base.connectTimeout(),
              RequestBody.of("payload".getBytes(StandardCharsets.US_ASCII)));
      try (HttpAnswer answer = client.send(request)) {
        assertThat(new String(answer.bytes(100), StandardCharsets.US_ASCII))
            .isEqualTo(method + " payload");
      }
    }
  }

  @Test
  void anUploadThatIsRefusedTellsTheRefusal() throws IOException {
    serve((request, out) -> StubServer.reply(out, 200, ""));
    server.close();
    try (var early = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try (var socket = early.accept()) {
              socket.getInputStream().readNBytes(1000);
              StubServer.reply(socket.getOutputStream(), 413, "too large");
              socket.shutdownOutput();
              socket.getInputStream().readNBytes(8 << 20);
            } catch (IOException ended) {
              return;
            }
          });
      var request =
          new HttpRequest(
              "PUT",
              URI.create("http://127.0.0.1:" + early.getLocalPort() + "/"),
              Map.of(),
              Tls.SYSTEM,
              Duration.ofSeconds(5),
              RequestBody.of(new byte[4 << 20]));
      try (HttpAnswer answer = client(Map.of()).send(request)) {
        assertThat(answer.status()).isEqualTo(413);
      }
    }
  }

  @Test
  void anUploadThatNobodyReadsEnds() throws Exception {
    try (var deaf = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
      var request =
          new HttpRequest(
              "PUT",
              URI.create("http://127.0.0.1:" + deaf.getLocalPort() + "/"),
              Map.of(),
              Tls.SYSTEM,
              Duration.ofSeconds(5),
              RequestBody.of(new byte[32 << 20]));
      assertThatThrownBy(() -> impatient().send(request)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void headersCannotBeSmuggledIn() {
    var request = request("GET", "/").with("X", "a\r\nAuthorization: b");
    assertThatThrownBy(() -> client(Map.of()).send(request))
        .isInstanceOf(HttpException.class)
        .hasMessageContaining("characters");
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void anInterruptEndsAReadThatWaits() throws Exception {
    serve((request, out) -> {
      Thread.sleep(20_000);
      return false;
    });
    var client = new HttpClient(Duration.ofMinutes(5), Proxies.NONE);
    var failure = new CompletableFuture<Throwable>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.send(request("GET", "/")).close();
              } catch (IOException e) {
                failure.complete(e);
              }
            });
    while (server.requests().isEmpty()) {
      Thread.sleep(5);
    }
    reader.interrupt();
    assertThat(failure.get()).isInstanceOf(IOException.class);
  }

  @Test
  void plainRequestsGoThroughTheProxyInAbsoluteForm() throws IOException {
    serve((request, out) -> StubServer.reply(out, 200, "from the proxy"));
    HttpClient client = client(Map.of("http_proxy", "http://me:geheim@" + server.host()));
    var request =
        new HttpRequest(
            "GET",
            URI.create("http://registry.example/v2/?a=b"),
            Map.of(),
            Tls.SYSTEM,
            Duration.ofSeconds(5),
            null);
    try (HttpAnswer answer = client.send(request)) {
      assertThat(answer.status()).isEqualTo(200);
    }
    StubServer.Request seen = server.requests().getFirst();
    assertThat(seen.target()).isEqualTo("http://registry.example/v2/?a=b");
    assertThat(seen.header("Host")).isEqualTo("registry.example");
    assertThat(seen.header("Proxy-Authorization")).isEqualTo("Basic bWU6Z2VoZWlt");
    assertThat(seen.header("Authorization")).isNull();
  }

  @Test
  void aProxyThatRefusesIsNamedWithoutItsPassword() {
    serve((request, out) -> StubServer.reply(out, 407, ""));
    HttpClient client = client(Map.of("HTTPS_PROXY", "http://me:geheim@" + server.host()));
    var request =
        new HttpRequest(
            "GET",
            URI.create("https://registry.example/v2/"),
            Map.of(),
            Tls.SYSTEM,
            Duration.ofSeconds(5),
            null);
    assertThatThrownBy(() -> client.send(request))
        .isInstanceOf(ProxyException.class)
        .hasMessage(
            "proxy http://"
                + server.host()
                + " (HTTPS_PROXY) answered 407 Proxy Authentication Required to CONNECT"
                + " registry.example:443");
    assertThat(server.requests().getFirst().header("Proxy-Authorization"))
        .isEqualTo("Basic bWU6Z2VoZWlt");
    String gone = server.host();
    server.close();
    assertThatThrownBy(() -> client.send(request))
        .isInstanceOf(ProxyException.class)
        .hasMessageContaining("proxy http://" + gone);
  }

  @Test
  void everyAddressOfAHostIsTried() throws IOException {
    // localhost has ::1 in front of 127.0.0.1 on many machines, where nobody listens.
    serve((request, out) -> StubServer.reply(out, 200, "hello"));
    var request =
        new HttpRequest(
            "GET",
            URI.create("http://localhost:" + server.port() + "/"),
            Map.of(),
            Tls.SYSTEM,
            Duration.ofSeconds(5),
            null);
    try (HttpAnswer answer = client(Map.of()).send(request)) {
      assertThat(answer.status()).isEqualTo(200);
    }
    assertThat(server.requests().getFirst().header("Host")).isEqualTo("localhost:" + server.port());
  }

  @Test
  void aBodyThatEndsEarlyIsTold() throws IOException {
    serve(OK + "Content-Length: 10\r\n\r\nhello");
    try (HttpAnswer answer = client(Map.of()).send(request("GET", "/"))) {
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(EOFException.class);
    }
  }
}
