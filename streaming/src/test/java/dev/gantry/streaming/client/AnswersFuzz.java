package dev.gantry.streaming.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;

/** Any bytes as what a server sends to our clients. */
public final class AnswersFuzz {
  private AnswersFuzz() {}

  /** One input; its first byte says over which transport it comes. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    var in = new Incoming(new ByteArrayInputStream(Arrays.copyOfRange(input, 1, input.length)));
    OutputStream out = OutputStream.nullOutputStream();
    var upgrade = new HttpUpgrade(new Socket(), in, out, "v5.channel.k8s.io");
    try (Connection connection =
        switch (input[0] & 3) {
          case 0 -> new SpdyClient(upgrade, in, out, "");
          case 1 -> new ChannelClient(new WebSocketClient(upgrade), "v5.channel.k8s.io");
          default -> {
            var socket = new WebSocketClient(upgrade);
            yield new SpdyClient(socket, new Incoming(socket.stream()), socket.output(), "");
          }
        }) {
      for (String type : new String[] {"error", "stdin", "stdout"}) {
        connection.open(Map.of("streamtype", type), new Dropped()).write(input, 0, 1);
      }
      connection.run();
    } catch (IOException refused) {
      // What is no answer is refused.
      return;
    }
  }

  private static final class Dropped implements Connection.Sink {
    @Override
    public void data(byte[] from, int offset, int length) {
      if (length < 0 || offset + length > from.length) {
        throw new IllegalStateException("data of " + length + " bytes");
      }
    }

    @Override
    public void end() {
      // The end may come at any time.
    }
  }
}
