package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What those can do who reach the port, with a token and without. */
class HostileClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ROUNDS = 300;
  private static final String SPDY =
      """
      Connection: Upgrade
      Upgrade: SPDY/3.1
      X-Stream-Protocol-Version: v4.channel.k8s.io
      """
          .replace("\n", "\r\n");
  private static final String WEBSOCKET =
      """
      Connection: Upgrade
      Upgrade: websocket
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
      Sec-WebSocket-Protocol: v5.channel.k8s.io
      """
          .replace("\n", "\r\n");

  private final EchoBackend backend = new EchoBackend();
  private final StreamingServer server = new StreamingServer(StreamingSettings.loopback(), backend);

  @AfterEach
  void nothingStaysOpen() {
    server.close();
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
  }

  private URI exec() throws IOException {
    return URI.create(
        server.url(new StreamRequest.Exec("c", List.of("cat"), true, true, false, false)));
  }

  private static Socket connect(URI url) throws IOException {
    Socket socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private static void send(Socket socket, String path, String headers) throws IOException {
    String request = "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  private static String answer(URI url, String path, String headers) throws IOException {
    try (Socket socket = connect(url)) {
      send(socket, path, headers);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** A connection after its upgrade. */
  private Socket upgraded(String headers) throws IOException {
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

  private static void assertEnds(Socket socket) {
    try (socket) {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  @Test
  void withoutAGoodTokenEveryAnswerIsTheSame() throws IOException {
    URI url = exec();
    String token = url.getPath().substring("/exec/".length());
    String refused = answer(url, "/exec/AAAAAAAAAAAAAAAAAAAAAA", SPDY);

    assertThat(refused).startsWith("HTTP/1.1 404");
    assertThat(answer(url, "/", "")).isEqualTo(refused);
    assertThat(answer(url, "/metrics", "")).isEqualTo(refused);
    assertThat(answer(url, "/exec/" + token + "/x", SPDY)).isEqualTo(refused);
    // Another kind of request uses the token up, and gets nothing for it.
    assertThat(answer(url, "/attach/" + token, SPDY)).isEqualTo(refused);
    assertThat(answer(url, "/exec/" + token, SPDY)).isEqualTo(refused);
  }

  @Test
  void aTokenIsGoodOnce() throws IOException {
    URI url = exec();
    try (Socket first = connect(url)) {
      send(first, url.getPath(), SPDY);
      assertThat(first.getInputStream().read()).isEqualTo('H');
      assertThat(answer(url, url.getPath(), SPDY)).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void aTokenExpires() throws Exception {
    var tokens = new Tokens(Duration.ZERO);
    String token = tokens.add(new StreamRequest.PortForward("p", List.of()));

    assertThat(token).hasSize(22);
    assertThat(tokens.take("portforward", token)).isEmpty();
  }

  @Test
  void tooManyUrlsAreRefused() throws IOException {
    var tokens = new Tokens(Duration.ofMinutes(1));
    var request = new StreamRequest.PortForward("p", List.of());
    for (int i = 0; i < Tokens.MOST; i++) {
      tokens.add(request);
    }
    assertThatThrownBy(() -> tokens.add(request)).isInstanceOf(TooManyStreamsException.class);
  }

  @Test
  void oversizedRequestsEnd() throws IOException {
    URI url = exec();
    Socket line = connect(url);
    send(line, "/" + "x".repeat(10_000), "");
    assertEnds(line);
    Socket header = connect(url);
    send(header, "/", "X: " + "y".repeat(30_000) + "\r\n");
    assertEnds(header);
  }

  @Test
  void strangersDoNotKeepOthersOut() throws IOException {
    URI url = exec();
    Socket[] strangers = new Socket[300];
    for (int i = 0; i < strangers.length; i++) {
      strangers[i] = connect(url);
    }
    try (Socket welcome = connect(url)) {
      send(welcome, url.getPath(), SPDY);
      assertThat(welcome.getInputStream().read()).isEqualTo('H');
    }
    // The first have had to go.
    assertEnds(strangers[0]);
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }

  @Test
  void giantControlFramesEndTheConnection() throws IOException {
    Socket socket = upgraded(SPDY);
    socket
        .getOutputStream()
        .write(
            ByteBuffer.allocate(8)
                .putInt(Frames.control(Frames.SYN_STREAM))
                .putInt(Frames.lengthAndFlags(Frames.LONGEST_DATA, 0))
                .array());
    assertEnds(socket);
  }

  @Test
  void compressionBombsEndTheConnection() throws IOException {
    var deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(new byte[8 << 20]);
    byte[] bomb = new byte[Frames.LONGEST_CONTROL - 10];
    int length = deflater.deflate(bomb, 0, bomb.length, Deflater.SYNC_FLUSH);
    deflater.end();
    assertThat(length).isLessThan(bomb.length);

    Socket socket = upgraded(SPDY);
    socket.getOutputStream().write(Frames.synStream(1, Arrays.copyOf(bomb, length)));
    assertEnds(socket);
  }

  @Test
  void pingFloodsOfOneWhoDoesNotReadEnd() throws IOException {
    Socket socket = upgraded(SPDY);
    byte[] pings = new byte[12 * 4096];
    for (int i = 0; i < pings.length; i += 12) {
      System.arraycopy(Frames.ping(1), 0, pings, i, 12);
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                socket.getOutputStream().write(pings);
              }
            })
        .isInstanceOf(IOException.class);
    socket.close();
  }

  @Test
  void streamsNobodyAskedForAreReset() throws IOException {
    try (Socket socket = upgraded(SPDY)) {
      byte[] block = new HeaderWriter().write(Map.of("streamtype", "nonsense"));
      socket.getOutputStream().write(Frames.synStream(1, block));
      byte[] answer = socket.getInputStream().readNBytes(16);
      assertThat(answer).isEqualTo(Frames.reset(1, Frames.REFUSED_STREAM));
    }
  }

  @Test
  void giantWebSocketFramesEndTheConnection() throws IOException {
    Socket socket = upgraded(WEBSOCKET);
    socket
        .getOutputStream()
        .write(
            ByteBuffer.allocate(14)
                .put((byte) 0x82)
                .put((byte) 0xFF)
                .putLong(1L << 40)
                .putInt(0)
                .array());
    assertEnds(socket);
  }

  /** Seeded, so that what it finds it finds again. */
  @Test
  void changedFramesNeverHangOrBreakTheServer() throws IOException {
    var random = new Random(20261121);
    var writer = new HeaderWriter();
    var valid = new ByteArrayOutputStream();
    int id = 1;
    for (String type : List.of("error", "stdin", "stdout")) {
      valid.writeBytes(Frames.synStream(id, writer.write(Map.of("streamtype", type))));
      id += 2;
    }
    valid.writeBytes(
        ByteBuffer.allocate(13)
            .putInt(3)
            .putInt(5)
            .put("hello".getBytes(StandardCharsets.US_ASCII))
            .array());
    valid.writeBytes(Frames.ping(1));
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = valid.toByteArray();
      for (int i = random.nextInt(6); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      boolean spdy = round % 2 == 0;
      try (Socket socket = upgraded(spdy ? SPDY : WEBSOCKET)) {
        socket.getOutputStream().write(bytes, 0, 1 + random.nextInt(bytes.length));
        socket.shutdownOutput();
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException ended) {
        assertThat(ended.getMessage()).containsAnyOf("reset", "pipe", "closed");
      }
    }
    // It still serves.
    assertThat(answer(exec(), "/", "")).startsWith("HTTP/1.1 404");
  }
}
