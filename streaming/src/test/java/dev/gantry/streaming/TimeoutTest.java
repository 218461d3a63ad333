package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who waits for ever is let go: before the request, before the streams, and between the bytes. */
class TimeoutTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(500);

  private final LocalBackend backend = new LocalBackend();
  private StreamingServer server;

  @SuppressWarnings("NullAway.Init")
  TimeoutTest() {}

  @AfterEach
  void nothingStaysOpen() {
    server.close();
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
  }

  private StreamingServer make(
      StreamingSettings.Tls tls, Duration url, Duration creation, Duration idle) {
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return new StreamingServer(
        new StreamingSettings(any, tls, null, null, url, creation, idle), backend);
  }

  private void start(Duration url, Duration creation, Duration idle) {
    server = make(StreamingSettings.Tls.OFF, url, creation, idle);
  }

  private StreamingServer tls() {
    return make(StreamingSettings.Tls.SELF_SIGNED, LONG, LONG, LONG);
  }

  private static StreamRequest command() {
    return new StreamRequest.Exec("c", List.of("cat"), true, true, false, false);
  }

  private String exec() throws IOException {
    return server.url(command());
  }

  private String ports() throws IOException {
    return server.url(new StreamRequest.PortForward("p", List.of()));
  }

  private static void assertEnds(RawClient client) {
    try {
      client.rest();
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  @Test
  void whoOpensNoStreamsIsLetGo() throws IOException {
    start(LONG, Duration.ofSeconds(2), LONG);
    try (RawClient none = RawClient.spdy(exec(), "v4.channel.k8s.io");
        RawClient some = RawClient.spdy(exec(), "v4.channel.k8s.io");
        RawClient all = RawClient.spdy(exec(), "v4.channel.k8s.io")) {
      some.open("error", "stdout");
      all.head();
      all.open("error", "stdin", "stdout");
      assertEnds(none);
      assertEnds(some);

      all.data(3, "on".getBytes(StandardCharsets.US_ASCII), true);
      assertThat(all.read(5)).isEqualTo("on");
    }
  }

  @Test
  void halfAPairIsReset() throws IOException {
    start(LONG, Duration.ofSeconds(2), LONG);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawClient client = RawClient.spdy(ports(), "portforward.k8s.io")) {
      client.head();
      String port = Integer.toString(listener.getLocalPort());
      client.open(1, Map.of("streamtype", "data", "port", port, "requestid", "1"));
      // More than may wait, so that the whole connection is made to.
      for (int i = 0; i < 16; i++) {
        client.data(1, new byte[64 << 10], false);
      }
      RawClient.Frame frame = client.frame();
      while (frame.number() != dev.gantry.streaming.spdy.Frames.RST_STREAM) {
        frame = client.frame();
      }
      assertThat(frame.stream()).isEqualTo(1);

      // The others go on.
      client.open(3, Map.of("streamtype", "error", "port", port, "requestid", "2"));
      client.open(5, Map.of("streamtype", "data", "port", port, "requestid", "2"));
      listener.accept().close();
      assertThat(client.read(5)).isEmpty();
    }
  }

  @Test
  void whereNothingMovesItEnds() throws IOException {
    start(LONG, LONG, Duration.ofSeconds(2));
    try (RawClient spdy = RawClient.spdy(exec(), "v4.channel.k8s.io");
        RawClient socket = RawClient.webSocket(exec(), "v5.channel.k8s.io");
        RawClient tunnel = RawClient.webSocket(ports(), "SPDY/3.1+portforward.k8s.io")) {
      spdy.open("error", "stdin", "stdout");
      spdy.head();
      await().atMost(PATIENCE).until(() -> backend.open.get() == 2);
      // Until the other has ended, but never so long without a byte.
      await()
          .atMost(PATIENCE)
          .until(() -> {
            spdy.data(3, "x".getBytes(StandardCharsets.US_ASCII), false);
            return backend.open.get() == 1;
          });
      assertEnds(socket);
      assertEnds(tunnel);
      assertEnds(spdy);
    }
    await().atMost(PATIENCE).until(() -> backend.open.get() == 0);
  }

  @Test
  void aUrlIsGoodForAWhile() throws IOException {
    start(SHORT, LONG, LONG);
    String late = exec();
    await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
    String lateAnswer = answer(late);

    assertThat(lateAnswer).startsWith("HTTP/1.1 404");
    // Nothing tells it from one that was never given.
    URI never = URI.create(late).resolve("/exec/AAAAAAAAAAAAAAAAAAAAAA");
    assertThat(lateAnswer).isEqualTo(answer(never.toString()));
  }

  private static String answer(String url) throws IOException {
    try (RawClient client = RawClient.spdy(url, "v4.channel.k8s.io")) {
      return new String(client.rest(), StandardCharsets.US_ASCII);
    }
  }

  /** All at once, as each takes the ten seconds that a request may take. */
  @Test
  void whoSendsByteForByteIsLetGo() throws Exception {
    start(LONG, LONG, LONG);
    String url = exec();
    try (StreamingServer secured = tls();
        RawClient mute = RawClient.connect(URI.create(secured.url(command())));
        RawClient silent = RawClient.connect(URI.create(url));
        RawClient slow = RawClient.connect(URI.create(url));
        RawClient stuck = RawClient.connect(URI.create(url))) {
      stuck.send("GET /exec/x HTTP/1.1\r\nHost: x\r\nX: y".getBytes(StandardCharsets.US_ASCII));
      Thread drip =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (byte b :
                      ("GET " + url + "?" + "x".repeat(10_000))
                          .getBytes(StandardCharsets.US_ASCII)) {
                    slow.send(new byte[] {b});
                    Thread.sleep(50);
                  }
                } catch (IOException | InterruptedException ended) {
                  return;
                }
              });
      assertEnds(silent);
      assertEnds(stuck);
      assertEnds(slow);
      assertEnds(mute);
      drip.join(PATIENCE);
    }
    await().atMost(PATIENCE).until(() -> server.connections() == 0);
  }
}
