package dev.gantry.streaming.server;

import io.netty.channel.ChannelHandler;
import java.util.Map;

/** Any bytes after an upgrade to WebSocket, of either form, or to a tunnel. */
public final class WebSocketFramesFuzz {
  private static final int CHANNELS = 5;

  private WebSocketFramesFuzz() {}

  /** One input; its first bytes say what was asked for and in which pieces it comes. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    try (var channel = new FuzzedChannel(handlers(input[0] & 3))) {
      channel.receive(input, 2, input[1] & 0xFF);
    }
  }

  private static ChannelHandler[] handlers(int form) {
    return switch (form) {
      case 0 -> new ChannelHandler[] {channels(false)};
      case 1 -> new ChannelHandler[] {channels(true)};
      default -> new ChannelHandler[] {new WebSocketTunnel(), new SpdyConnection(new Refusal())};
    };
  }

  private static WebSocketConnection channels(boolean base64) {
    return new WebSocketConnection(
        CHANNELS,
        base64,
        true,
        (connection, wire) -> {
          wire.listen(() -> {}, () -> {});
          // The others' data waits.
          connection.channel(0).receive(ByteStream.NOBODY);
        });
  }

  private static final class Refusal implements SpdyConnection.Opener {
    @Override
    public void ready(Wire on) {
      on.listen(() -> {}, () -> {});
    }

    @Override
    public boolean opened(Map<String, String> headers, int id, ByteStream stream) {
      return false;
    }
  }
}
