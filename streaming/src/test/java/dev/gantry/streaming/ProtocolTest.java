package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.streaming.RawClient.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every version of the protocols, spoken by hand: what clients of ten years say. */
class ProtocolTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String NON_ZERO =
      "command terminated with non-zero exit code: exit status 3";
  private static final String STATUS_3 =
      "{\"metadata\":{},\"status\":\"Failure\",\"message\":\""
          + NON_ZERO
          + "\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","
          + "\"message\":\"3\"}]}}";

  private final LocalBackend backend = new LocalBackend();
  private final StreamingServer server = new StreamingServer(StreamingSettings.loopback(), backend);

  @AfterEach
  void nothingStaysOpen() {
    server.close();
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
  }

  private String exec(String script) throws IOException {
    return server.url(
        new StreamRequest.Exec("c", List.of("sh", "-c", script), true, true, true, false));
  }

  private String ports(Integer... ports) throws IOException {
    return server.url(new StreamRequest.PortForward("p", List.of(ports)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({
    "v4.channel.k8s.io, v4.channel.k8s.io, true",
    "v3.channel.k8s.io, v3.channel.k8s.io, false",
    "v2.channel.k8s.io, v2.channel.k8s.io, false",
    "channel.k8s.io, channel.k8s.io, false",
    "'v9.channel.k8s.io, v2.channel.k8s.io, channel.k8s.io', v2.channel.k8s.io, false",
    // Over SPDY nobody needs version 5, so clients of both get 4.
    "'v5.channel.k8s.io, v4.channel.k8s.io', v4.channel.k8s.io, true",
    "'', '', false",
  })
  void everyVersionOverSpdyTellsTheExitCodeInItsWay(String offered, String chosen, boolean json)
      throws IOException {
    String[] protocols = offered.isEmpty() ? new String[0] : offered.split(", ", -1);
    try (RawClient client = RawClient.spdy(exec("cat; echo oops >&2; exit 3"), protocols)) {
      assertThat(client.head()).startsWith("HTTP/1.1 101").contains("Upgrade: SPDY/3.1");
      assertThat(client.head().contains("X-Stream-Protocol-Version: " + chosen + "\r\n"))
          .isEqualTo(!chosen.isEmpty());
      client.open("error", "stdin", "stdout", "stderr");
      client.data(3, ascii("in and out"), true);

      assertThat(client.read(5)).isEqualTo("in and out");
      assertThat(client.read(1)).isEqualTo(json ? STATUS_3 : NON_ZERO);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "v4.channel.k8s.io, '{\"metadata\":{},\"status\":\"Success\"}'",
    "v2.channel.k8s.io, ''",
  })
  void successIsToldInItsWay(String protocol, String said) throws IOException {
    try (RawClient client = RawClient.spdy(exec("echo done"), protocol)) {
      client.head();
      client.open("error", "stdin", "stdout", "stderr");

      assertThat(client.read(5)).isEqualTo("done\n");
      assertThat(client.read(7)).isEmpty();
      assertThat(client.read(1)).isEqualTo(said);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v7.channel.k8s.io", "SPDY/3.1+portforward.k8s.io"})
  void aProtocolNobodySpeaksIsRefusedByName(String protocol) throws IOException {
    try (RawClient spdy = RawClient.spdy(exec("true"), protocol);
        RawClient socket = RawClient.webSocket(exec("true"), protocol);
        RawClient ports = RawClient.spdy(ports(), "v4.channel.k8s.io")) {
      assertThat(spdy.head()).startsWith("HTTP/1.1 403");
      assertThat(socket.head()).startsWith("HTTP/1.1 403");
      assertThat(new String(socket.rest(), StandardCharsets.US_ASCII)).contains(protocol);
      assertThat(ports.head()).startsWith("HTTP/1.1 403");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io", ""})
  void everyVersionOverWebSocket(String protocol) throws IOException {
    boolean json = protocol.startsWith("v");
    try (RawClient client = RawClient.webSocket(exec("head -c 4; exit 3"), protocol)) {
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      assertThat(client.head().contains("Sec-WebSocket-Protocol: " + protocol + "\r\n"))
          .isEqualTo(!protocol.isEmpty());
      client.message(0, "four");

      assertThat(client.message(1)).isEqualTo("four");
      assertThat(client.message(3)).isEqualTo(json ? STATUS_3 : NON_ZERO);
      assertThat(client.message().opcode()).isEqualTo(RawClient.CLOSE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base64.channel.k8s.io", "v4.base64.channel.k8s.io"})
  void messagesOfTextAreBase64(String protocol) throws IOException {
    try (RawClient client = RawClient.webSocket(exec("head -c 6; exit 3"), protocol)) {
      assertThat(client.head()).contains("Sec-WebSocket-Protocol: " + protocol + "\r\n");
      byte[] six = {0, -1, 7, 'a', 'b', 13};
      byte[] message = ascii("0" + Base64.getEncoder().encodeToString(six));
      // In two fragments that are no base 64 for themselves.
      client.frame(RawClient.TEXT, false, java.util.Arrays.copyOf(message, 4));
      client.frame(0, true, java.util.Arrays.copyOfRange(message, 4, message.length));

      Message out = client.message();
      while (out.payload().length == 1) {
        out = client.message();
      }
      assertThat(out.opcode()).isEqualTo(RawClient.TEXT);
      assertThat(out.channel()).isEqualTo('1');
      assertThat(Base64.getDecoder().decode(out.text())).isEqualTo(six);
      String status = client.message('3');
      assertThat(new String(Base64.getDecoder().decode(status), StandardCharsets.US_ASCII))
          .contains(NON_ZERO);
    }
  }

  @Test
  void version5EndsItsInput() throws IOException {
    try (RawClient client = RawClient.webSocket(exec("cat; echo over"), "v5.channel.k8s.io")) {
      client.head();
      client.message(0, "in ");
      client.frame(RawClient.BINARY, true, new byte[] {(byte) 255, 0});

      String all = client.message(1);
      while (!all.endsWith("over\n")) {
        all += client.message(1);
      }
      assertThat(all).isEqualTo("in over\n");
      assertThat(client.message(3)).contains("Success");
    }
  }

  @Test
  void inVersion4ThatMessageIsNone() throws IOException {
    try (RawClient client = RawClient.webSocket(exec("cat"), "v4.channel.k8s.io")) {
      client.head();
      client.frame(RawClient.BINARY, true, new byte[] {(byte) 255, 0});
      client.message(0, "still open");

      assertThat(client.message(1)).isEqualTo("still open");
    }
  }

  @Test
  void messagesMayComeInPartsWithPingsBetween() throws IOException {
    try (RawClient client = RawClient.webSocket(exec("head -c 9"), "v5.channel.k8s.io")) {
      client.head();
      client.frame(RawClient.BINARY, false, new byte[0]);
      client.frame(0, false, new byte[] {0, 'o', 'n', 'e'});
      client.frame(RawClient.PING, true, ascii("there?"));
      client.frame(0, false, ascii("two"));
      client.frame(0, true, ascii("six"));

      Message pong = client.message();
      while (pong.opcode() != RawClient.PONG) {
        pong = client.message();
      }
      assertThat(pong.payload()).isEqualTo(ascii("there?"));
      String all = "";
      while (all.length() < 9) {
        all += client.message(1);
      }
      assertThat(all).isEqualTo("onetwosix");
    }
  }

  @Test
  void whoSaysGoodbyeIsAnswered() throws IOException {
    try (RawClient client = RawClient.webSocket(exec("cat"), "v5.channel.k8s.io");
        RawClient tunnel = RawClient.webSocket(ports(), "SPDY/3.1+portforward.k8s.io")) {
      for (RawClient one : List.of(client, tunnel)) {
        one.head();
        one.frame(RawClient.CLOSE, true, new byte[] {3, (byte) 232});
        Message last = one.message();
        while (last.opcode() != RawClient.CLOSE) {
          last = one.message();
        }
        assertThat(last.payload()).isEqualTo(new byte[] {3, (byte) 232});
        assertThat(one.rest()).isEmpty();
      }
    }
  }

  @Test
  void whatIsWrittenToAnOutputIsIgnored() throws IOException {
    try (RawClient client = RawClient.spdy(exec("cat"), "v4.channel.k8s.io")) {
      client.head();
      client.open("error", "stdin", "stdout", "stderr");
      for (int i = 0; i < 32; i++) {
        client.data(1, new byte[64 << 10], false);
        client.data(5, new byte[64 << 10], false);
      }
      client.data(3, ascii("heard"), true);

      assertThat(client.read(5)).isEqualTo("heard");
    }
  }

  /** Before the command has begun, and after. */
  @Test
  void aStreamThatNobodyAskedForIsRefusedAndTheCommandGoesOn() throws IOException {
    try (RawClient client = RawClient.spdy(exec("cat"), "v4.channel.k8s.io")) {
      client.head();
      client.open("other", "error", "stdin", "stdout", "stderr");
      assertThat(client.nextReset()).isEqualTo(1);
      client.data(5, ascii("one"), false);
      assertThat(client.nextData(7)).isEqualTo("one");
      client.open(11, Map.of("streamtype", "late"));
      assertThat(client.nextReset()).isEqualTo(11);
      client.data(5, ascii("two"), true);

      assertThat(client.read(7)).isEqualTo("two");
    }
  }

  /** Takes one connection, reads a line, answers with it and closes. */
  private static ServerSocket lineServer() throws IOException {
    var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try (Socket socket = listener.accept()) {
            byte[] line = new byte[5];
            socket.getInputStream().readNBytes(line, 0, 5);
            socket.getOutputStream().write(line);
          } catch (IOException closed) {
            assertThat(closed).hasMessageContaining("losed");
          }
        });
    return listener;
  }

  private static byte[] littleEndian(int port) {
    return ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) port).array();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"v4.channel.k8s.io", "portforward.k8s.io", "v4.base64.channel.k8s.io", ""})
  void portsOverWebSocketsOfBefore(String protocol) throws IOException {
    boolean base64 = protocol.contains("base64");
    try (ServerSocket listener = lineServer()) {
      int port = listener.getLocalPort();
      // The second port is one that nobody listens on; the request names them, or the URL.
      String url = base64 ? ports(port, 1) : ports() + "?port=" + port + "&port=1";
      try (RawClient client = RawClient.webSocket(url, protocol)) {
        assertThat(client.head()).startsWith("HTTP/1.1 101");
        for (int channel = 0; channel < 4; channel++) {
          Message first = client.message();
          byte[] number = littleEndian(channel < 2 ? port : 1);
          assertThat(first.channel()).isEqualTo(base64 ? '0' + channel : channel);
          assertThat(plain(first, base64)).isEqualTo(number);
        }
        String line = base64 ? Base64.getEncoder().encodeToString(ascii("line\n")) : "line\n";
        client.frame(
            base64 ? RawClient.TEXT : RawClient.BINARY, true, ascii((base64 ? "0" : "\0") + line));

        StringBuilder data = new StringBuilder();
        StringBuilder error = new StringBuilder();
        for (Message m = client.message(); m.opcode() != RawClient.CLOSE; m = client.message()) {
          String text = new String(plain(m, base64), StandardCharsets.US_ASCII);
          (m.channel() % '0' == 0 ? data : error).append(text);
        }
        // Both have ended, so the connection has.
        assertThat(data).hasToString("line\n");
        assertThat(error.toString()).startsWith("error forwarding port 1 to pod p:");
      }
    }
  }

  private static byte[] plain(Message message, boolean base64) {
    byte[] rest = java.util.Arrays.copyOfRange(message.payload(), 1, message.payload().length);
    return base64 ? Base64.getDecoder().decode(rest) : rest;
  }

  /** A client may leave as soon as the data end, and is to know by then why they did. */
  @Test
  void whatWentWrongComesBeforeTheEndOfTheData() throws IOException {
    try (RawClient client = RawClient.spdy(ports(), "portforward.k8s.io")) {
      client.head();
      client.open(1, Map.of("streamtype", "error", "port", "1", "requestid", "0"));
      client.open(3, Map.of("streamtype", "data", "port", "1", "requestid", "0"));

      assertThat(client.read(1)).startsWith("error forwarding port 1 to pod p:");
      assertThat(client.read(3)).isEmpty();
    }
  }

  @Test
  void portsOverWebSocketsOfBeforeNeedPorts() throws IOException {
    for (String query : List.of("", "?port=", "?port=x", "?port=70000", "?port=0")) {
      try (RawClient client = RawClient.webSocket(ports() + query, "v4.channel.k8s.io")) {
        assertThat(client.head()).as(query).startsWith("HTTP/1.1 400");
      }
    }
  }

  @Test
  void clientsOfKubernetes10NameNoRequest() throws IOException {
    try (ServerSocket listener = lineServer();
        RawClient client = RawClient.spdy(ports())) {
      client.head();
      String port = Integer.toString(listener.getLocalPort());
      client.open(1, Map.of("streamtype", "error", "port", port));
      client.open(3, Map.of("streamtype", "data", "port", port));
      client.data(3, ascii("line\n"), true);

      assertThat(client.read(3)).isEqualTo("line\n");
    }
  }
}
