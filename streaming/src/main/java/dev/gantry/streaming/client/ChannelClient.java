package dev.gantry.streaming.client;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The client's end of a WebSocket connection with a channel for each kind of stream. */
final class ChannelClient implements Connection {
  private static final int CHUNK = 64 << 10;
  private static final byte CLOSE_CHANNEL = (byte) 255;

  private static final List<String> CHANNELS =
      List.of("stdin", "stdout", "stderr", "error", "resize");

  private final WebSocketClient socket;
  private final String protocol;
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
        for (int done = 0; done < length; ) {
          int count = Math.min(CHUNK / 2, length - done);
          socket.send(new byte[] {(byte) number}, from, offset + done, count);
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
    byte[] chunk = new byte[CHUNK];
    while (true) {
      int count = socket.read(chunk, 0, 1);
      if (count < 0) {
        break;
      }
      Sink sink = count == 0 ? null : sinks.get(chunk[0] & 0xFF);
      if (sink != null && !socket.inMessage()) {
        sink.data(chunk, 0, 0);
      }
      while (socket.inMessage()) {
        count = socket.read(chunk, 0, CHUNK);
        if (sink != null && count > 0) {
          sink.data(chunk, 0, count);
        }
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
