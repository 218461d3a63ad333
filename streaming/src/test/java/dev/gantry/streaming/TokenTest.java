package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;

/** The token is the only secret: what one learns without it, and with one of others. */
class TokenTest extends HostileClients {
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
  void aTokenIsForItsOwnContainerWhateverTheClientSays() throws IOException {
    String url = server.url(new StreamRequest.Exec("mine", List.of("x"), true, true, false, false));
    try (RawClient client = RawClient.webSocket(url + "?container=other&command=y&port=1", "")) {
      client.head();
      client.message(0, "echo");
      assertThat(client.message(1)).isEqualTo("echo");
    }
    assertThat(backend.asked)
        .containsExactly(new StreamRequest.Exec("mine", List.of("x"), true, true, false, false));
  }

  @Test
  void tokensAreInNoLog() throws IOException {
    var log = new ConcurrentLinkedQueue<String>();
    var capture =
        new StreamHandler(OutputStream.nullOutputStream(), new SimpleFormatter()) {
          @Override
          public synchronized void publish(LogRecord record) {
            log.add(getFormatter().format(record));
          }
        };
    Logger root = Logger.getLogger("");
    Logger ours = Logger.getLogger("dev.gantry");
    Logger netty = Logger.getLogger("io.netty");
    capture.setLevel(Level.ALL);
    root.addHandler(capture);
    ours.setLevel(Level.ALL);
    netty.setLevel(Level.ALL);
    List<String> tokens = new ArrayList<>();
    try {
      backend.fails = true;
      for (String headers : List.of(SPDY, WEBSOCKET, "", "X: y\u0001\r\n")) {
        URI url = exec();
        tokens.add(url.getPath().substring("/exec/".length()));
        try (RawClient client = RawClient.connect(url)) {
          client.request(url.getPath(), headers);
          client.head();
          if (headers.equals(SPDY)) {
            client.send(new byte[64]);
            client.open("error", "stdin", "stdout");
            assertThat(client.read(1)).contains("it fails");
          } else if (headers.equals(WEBSOCKET)) {
            assertThat(client.message(3)).contains("it fails");
          }
        }
        await().atMost(PATIENCE).until(() -> server.connections() == 0);
      }
      // Whoever failed says so on a thread of its own.
      await()
          .atMost(PATIENCE)
          .until(() -> log.stream().filter(line -> line.contains("exec failed")).count() == 2);
    } finally {
      root.removeHandler(capture);
      ours.setLevel(null);
      netty.setLevel(null);
    }
    assertThat(String.join("", log)).contains("exec failed", "it fails");
    for (String token : tokens) {
      assertThat(String.join("", log)).doesNotContain(token);
    }
  }
}
