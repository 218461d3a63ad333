package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/** Frames that no decent client sends. */
class HostileClientTest extends HostileClients {
  private static final int ROUNDS = 300;

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
