package dev.gantry.streaming;

import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderWriter;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

/** A client that sends what it is told to, frame by frame: also what no decent client would. */
final class RawClient implements AutoCloseable {
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HeaderWriter headers = new HeaderWriter();
  private final Socket socket;
  private final DataInputStream in;
  private String head = "";

  /** A frame of SPDY; of a control frame the type, of a data frame the stream. */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared
  record Frame(boolean control, int number, boolean fin, byte[] body) {
    /** The stream that a control frame is about. */
    int stream() {
      return control ? ByteBuffer.wrap(body).getInt() : number;
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** A frame of WebSocket. */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared
  record Message(int opcode, byte[] payload) {
    int channel() {
      return payload[0];
    }

    String text() {
      return new String(payload, 1, payload.length - 1, StandardCharsets.UTF_8);
    }
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout((int) PATIENCE.toMillis());
    this.in = new DataInputStream(socket.getInputStream());
  }

  static RawClient connect(URI url) throws IOException {
    return new RawClient(new Socket(url.getHost().replaceAll("^\\[|]$", ""), url.getPort()));
  }

  /** Connects and asks for SPDY with these protocols, each in a header of its own. */
  static RawClient spdy(String url, String... protocols) throws IOException {
    RawClient client = connect(URI.create(url));
    client.request(URI.create(url).getPath(), spdyHeaders(protocols));
    return client;
  }

  static String spdyHeaders(String... protocols) {
    var headers = new StringBuilder("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n");
    for (String protocol : protocols) {
      headers.append("X-Stream-Protocol-Version: ").append(protocol).append("\r\n");
    }
    return headers.toString();
  }

  /** Connects and asks for WebSocket with these protocols. */
  static RawClient webSocket(String url, String protocols) throws IOException {
    URI uri = URI.create(url);
    RawClient client = connect(uri);
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    client.request(uri.getPath() + query, webSocketHeaders(protocols));
    return client;
  }

  static String webSocketHeaders(String protocols) {
    return "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + (protocols.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocols + "\r\n");
  }

  void request(String path, String headers) throws IOException {
    send(
        ("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  /** The head of the answer. */
  String head() throws IOException {
    if (head.isEmpty()) {
      var read = new ByteArrayOutputStream();
      while (!read.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
        read.write(in.readUnsignedByte());
      }
      head = read.toString(StandardCharsets.US_ASCII);
    }
    return head;
  }

  /** All that comes until the server ends the connection. */
  byte[] rest() throws IOException {
    return in.readAllBytes();
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Opens a stream of SPDY. */
  void open(int stream, Map<String, String> named) throws IOException {
    send(Frames.synStream(stream, headers.write(named)));
  }

  /** Opens the streams of a command: 1, 3, 5 and so on. */
  void open(String... types) throws IOException {
    for (int i = 0; i < types.length; i++) {
      open(2 * i + 1, Map.of("streamtype", types[i]));
    }
  }

  void data(int stream, byte[] bytes, boolean fin) throws IOException {
    send(
        ByteBuffer.allocate(8 + bytes.length)
            .putInt(stream)
            .putInt(Frames.lengthAndFlags(bytes.length, fin ? Frames.FIN : 0))
            .put(bytes)
            .array());
  }

  Frame frame() throws IOException {
    int first = in.readInt();
    int second = in.readInt();
    byte[] body = in.readNBytes(second & Frames.LONGEST_DATA);
    boolean fin = ((second >>> 24) & Frames.FIN) != 0;
    boolean control = Frames.isControl(first);
    return new Frame(control, control ? first & 0xFFFF : first, fin, body);
  }

  /** What comes on a stream up to its end. */
  String read(int stream) throws IOException {
    var read = new ByteArrayOutputStream();
    while (true) {
      Frame frame = frame();
      if (!frame.control() && frame.number() == stream) {
        read.writeBytes(frame.body());
        if (frame.fin()) {
          return read.toString(StandardCharsets.UTF_8);
        }
      }
    }
  }

  /** The next data of a stream. */
  String nextData(int stream) throws IOException {
    Frame frame = frame();
    while (frame.control() || frame.number() != stream || frame.body().length == 0) {
      frame = frame();
    }
    return frame.text();
  }

  /** The next stream that is reset. */
  int nextReset() throws IOException {
    Frame frame = frame();
    while (!frame.control() || frame.number() != Frames.RST_STREAM) {
      frame = frame();
    }
    return frame.stream();
  }

  /** Sends one frame of WebSocket, masked with nothing. */
  void frame(int opcode, boolean last, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) ((last ? 0x80 : 0) | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    send(Arrays.copyOf(frame.array(), frame.position()));
  }

  /** Sends a message on a channel. */
  void message(int channel, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    frame(
        BINARY, true, ByteBuffer.allocate(1 + bytes.length).put((byte) channel).put(bytes).array());
  }

  Message message() throws IOException {
    int opcode = in.readUnsignedByte() & 0xF;
    int length = in.readUnsignedByte();
    length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
    return new Message(opcode, in.readNBytes(length));
  }

  /** What comes on a channel until there is something, or that it is over. */
  String message(int channel) throws IOException {
    for (Message message = message(); message.opcode() != CLOSE; message = message()) {
      if (message.payload().length > 1 && message.channel() == channel) {
        return message.text();
      }
    }
    return "";
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
