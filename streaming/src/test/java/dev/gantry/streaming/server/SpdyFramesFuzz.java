package dev.gantry.streaming.server;

import java.util.Map;

/** Any bytes after an upgrade to SPDY. */
public final class SpdyFramesFuzz {
  private SpdyFramesFuzz() {}

  /** One input; its first byte says in which pieces it comes. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    var opener =
        new SpdyConnection.Opener() {
          @Override
          public void ready(Wire on) {
            on.listen(() -> {}, () -> {});
          }

          @Override
          public boolean opened(Map<String, String> headers, int id, ByteStream stream) {
            if (headers.containsKey("port")) {
              stream.receive(ByteStream.NOBODY);
            }
            return !headers.isEmpty();
          }
        };
    try (var channel = new FuzzedChannel(new SpdyConnection(opener))) {
      channel.receive(input, 1, input[0] & 0xFF);
    }
  }
}
