package dev.gantry.streaming.client;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The client's end of a WebSocket connection with a channel for each kind of stream. */
final class ChannelClient implements Connection {
  private static final int CHUNK = 64 << 10;
  private static final byte CLOSE_CHANNEL = (byte) 255;
  private static final byte[] NOTHING = {};
  private static final Incoming.Taker NOBODY = (from, offset, length) -> {};

  private static final List<String> CHANNELS =
      List.of("stdin", "stdout", "stderr", "error", "resize");

  private final WebSocketClient socket;
  private final String protocol;
  private int number;
  private final Map<Integer, Sink> sinks = new ConcurrentHashMap<>();

  ChannelClient(WebSocketClient socket, String protocol) {
    this.socket = socket;
    this.protocol = protocol;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public Out open(Map<String, String> headers, Sink sink) {
    String type = headers.getOrDefault(RemoteCommand.STREAM_TYPE, "");
    int number = CHANNELS.indexOf(type);
    sinks.put(number, sink);
    return new Out() {
      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        byte[] head = {(byte) number};
        for (int done = 0; done < length; ) {
          int count = Math.min(CHUNK, length - done);
          socket.send(head, from, offset + done, count);
          done += count;
        }
      }

      @Override
      public void end() throws IOException {
        if (protocol.startsWith("v5.")) {
          socket.send(new byte[] {CLOSE_CHANNEL, (byte) number}, new byte[0], 0, 0);
        }
      }

      @Override
      public void reset() {
        // There is nothing for that.
      }
    };
  }

  @Override
  public void run() throws IOException {
    Incoming.Taker numbered = (from, offset, length) -> number = from[offset] & 0xFF;
    for (int count = socket.pass(1, numbered); count >= 0; count = socket.pass(1, numbered)) {
      Sink sink = count == 0 ? null : sinks.get(number);
      if (sink != null && !socket.inMessage()) {
        sink.data(NOTHING, 0, 0);
      }
      Incoming.Taker taker = sink == null ? NOBODY : sink::data;
      while (socket.inMessage()) {
        var _ = socket.pass(Long.MAX_VALUE, taker);
      }
    }
    for (Sink sink : sinks.values()) {
      sink.end();
    }
  }

  @Override
  public void leave() throws IOException {
    socket.leave();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
