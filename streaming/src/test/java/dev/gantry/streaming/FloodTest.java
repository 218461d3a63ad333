package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.streaming.spdy.Frames;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** More of everything than anybody needs. */
class FloodTest extends HostileClients {
  /** Streams that wait for their other half, and connections, of one port-forward. */
  private static final int MOST_HALVES = 256;

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
  void streamsHaveAnEnd() throws IOException {
    String url = server.url(new StreamRequest.PortForward("p", List.of()));
    try (RawClient client = RawClient.spdy(url, "portforward.k8s.io")) {
      client.head();
      // Each is half of a pair, so it waits for the other.
      for (int i = 0; i <= MOST_HALVES; i++) {
        client.open(
            2 * i + 1,
            Map.of("streamtype", "error", "port", "80", "requestid", Integer.toString(i)));
        RawClient.Frame answer = client.frame();
        assertThat(answer.number())
            .as("stream %s", i)
            .isEqualTo(i < MOST_HALVES ? Frames.SYN_REPLY : Frames.RST_STREAM);
      }
    }
  }

  @Test
  void forwardedConnectionsHaveAnEnd() throws IOException {
    String url = server.url(new StreamRequest.PortForward("p", List.of()));
    backend.connects = true;
    try (RawClient client = RawClient.spdy(url, "portforward.k8s.io")) {
      client.head();
      for (int i = 0; i <= MOST_HALVES; i++) {
        String request = Integer.toString(i);
        client.open(4 * i + 1, Map.of("streamtype", "error", "port", "80", "requestid", request));
        client.open(4 * i + 3, Map.of("streamtype", "data", "port", "80", "requestid", request));
      }
      assertThat(client.read(4 * MOST_HALVES + 1)).contains("more than 256 connections");
    }
  }

  @Test
  void floodsOfStreamsAreRefusedOneByOneAndNothingIsKept() throws IOException {
    try (RawClient client = RawClient.connect(exec())) {
      URI url = exec();
      client.request(url.getPath(), SPDY);
      client.head();
      for (int i = 0; i < 20_000; i++) {
        client.open(2 * i + 1, Map.of("streamtype", "nonsense"));
        assertThat(client.frame().number()).isEqualTo(Frames.RST_STREAM);
      }
    }
  }

  @Test
  void headersHaveAnEnd() throws IOException {
    var many = new LinkedHashMap<String, String>();
    for (int i = 0; i < 65; i++) {
      many.put("header" + i, "");
    }
    try (RawClient client = RawClient.connect(exec())) {
      client.request(exec().getPath(), SPDY);
      client.head();
      client.open(1, many);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void pingFloodsOverWebSocketOfOneWhoDoesNotReadEnd() throws IOException {
    for (URI url :
        List.of(exec(), URI.create(server.url(new StreamRequest.PortForward("p", List.of()))))) {
      String protocol =
          url.getPath().startsWith("/exec") ? "v5.channel.k8s.io" : "SPDY/3.1+portforward.k8s.io";
      try (RawClient client = RawClient.webSocket(url.toString(), protocol)) {
        client.head();
        byte[] pings = new byte[131 * 1024];
        for (int i = 0; i < pings.length; i += 131) {
          pings[i] = (byte) 0x89;
          pings[i + 1] = (byte) (0x80 | 125);
        }
        assertThatThrownBy(
                () -> {
                  for (int i = 0; i < 10_000; i++) {
                    client.send(pings);
                  }
                })
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void messagesOfTextHaveAnEnd() throws IOException {
    try (RawClient client = RawClient.webSocket(exec().toString(), "v4.base64.channel.k8s.io")) {
      client.head();
      byte[] part = "0".repeat(64 << 10).getBytes(StandardCharsets.US_ASCII);
      assertThatThrownBy(
              () -> {
                client.frame(RawClient.TEXT, false, part);
                for (int i = 0; i < 10_000; i++) {
                  client.frame(0, false, part);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }
}
