package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Fd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** What tests of hostile clients have in common: a server, and how one comes to it. */
abstract class HostileClients {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  static final String SPDY =
      """
      Connection: Upgrade
      Upgrade: SPDY/3.1
      X-Stream-Protocol-Version: v4.channel.k8s.io
      """
          .replace("\n", "\r\n");
  static final String WEBSOCKET =
      """
      Connection: Upgrade
      Upgrade: websocket
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
      Sec-WebSocket-Protocol: v5.channel.k8s.io
      """
          .replace("\n", "\r\n");

  final EchoBackend backend = new EchoBackend();
  final StreamingServer server = new StreamingServer(StreamingSettings.loopback(), backend);

  @AfterEach
  void nothingStaysOpen() {
    server.close();
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
    backend.kept.forEach(Fd::close);
  }

  URI exec() throws IOException {
    return URI.create(
        server.url(new StreamRequest.Exec("c", List.of("cat"), true, true, false, false)));
  }

  static Socket connect(URI url) throws IOException {
    Socket socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  static void send(Socket socket, String path, String headers) throws IOException {
    String request = "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  static String answer(URI url, String path, String headers) throws IOException {
    try (Socket socket = connect(url)) {
      send(socket, path, headers);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** A connection after its upgrade. */
  Socket upgraded(String headers) throws IOException {
    URI url = exec();
    Socket socket = connect(url);
    send(socket, url.getPath(), headers);
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(socket.getInputStream().read());
    }
    assertThat(head.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 101");
    return socket;
  }

  static void assertEnds(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }
}
