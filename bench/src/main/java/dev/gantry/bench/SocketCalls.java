package dev.gantry.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Calls with empty requests over a unix socket, HTTP/2 frame by frame (RFC 9113, gRPC over HTTP/2).
 * What a client's library, decoder and collector do with an answer is the client's time; this one
 * does nothing but wait for its last byte.
 */
final class SocketCalls implements AutoCloseable {
  private static final int FRAME_HEAD = 9;
  private static final int MESSAGE_HEAD = 5;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;

  private static final int END_STREAM = 0x1;
  private static final int ACK = 0x1;
  private static final int END_HEADERS = 0x4;

  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int WINDOW = Integer.MAX_VALUE;
  private static final int DEFAULT_WINDOW = 65_535;

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 20).flip();
  private final ByteBuffer out = ByteBuffer.allocateDirect(4 << 10);
  private int stream = -1;
  private int unacknowledged;

  private SocketCalls(SocketChannel channel) {
    this.channel = channel;
  }

  /** Connects. */
  static SocketCalls open(Path socket) throws IOException {
    var calls = new SocketCalls(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    calls.out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    calls.frame(6, SETTINGS, 0, 0).putShort((short) INITIAL_WINDOW_SIZE).putInt(WINDOW);
    calls.frame(4, WINDOW_UPDATE, 0, 0).putInt(WINDOW - DEFAULT_WINDOW);
    calls.flush();
    return calls;
  }

  /**
   * Makes a call, and returns when all of its answer has come.
   *
   * @param method {@code runtime.v1.RuntimeService/ListContainers}
   * @return size of the answer's message in bytes
   * @throws IOException also for an answer that is an error
   */
  int call(String method) throws IOException {
    stream += 2;
    if (unacknowledged > 0) {
      frame(4, WINDOW_UPDATE, 0, 0).putInt(unacknowledged);
    }
    byte[] head = head(method);
    frame(head.length, HEADERS, END_HEADERS, stream).put(head);
    frame(MESSAGE_HEAD, DATA, END_STREAM, stream).put(new byte[MESSAGE_HEAD]);
    flush();
    int came = 0;
    int announced = -1;
    while (true) {
      need(FRAME_HEAD);
      int length = (in.get() & 0xff) << 16 | (in.getShort() & 0xffff);
      int type = in.get();
      int flags = in.get();
      in.getInt();
      need(length);
      int next = in.position() + length;
      switch (type) {
        case DATA -> {
          if (came == 0 && length >= MESSAGE_HEAD) {
            announced = in.getInt(in.position() + 1);
          }
          came += length;
        }
        case SETTINGS -> acknowledge(flags, SETTINGS, 0);
        case PING -> acknowledge(flags, PING, length);
        case RST_STREAM, GOAWAY -> throw new IOException(method + ": the connection was ended");
        default -> {}
      }
      in.position(next);
      if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        unacknowledged = came;
        if (announced != came - MESSAGE_HEAD) {
          throw new IOException(method + ": answered with an error");
        }
        return announced;
      }
    }
  }

  /** Header fields without indexing and Huffman codes (RFC 7541, 6.2.2). */
  private static byte[] head(String method) {
    var fields = new StringBuilder();
    field(fields, ":method", "POST");
    field(fields, ":scheme", "http");
    field(fields, ":path", "/" + method);
    field(fields, ":authority", "localhost");
    field(fields, "content-type", "application/grpc");
    field(fields, "te", "trailers");
    return fields.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static void field(StringBuilder to, String name, String value) {
    to.append('\0').append((char) name.length()).append(name);
    to.append((char) value.length()).append(value);
  }

  private ByteBuffer frame(int length, int type, int flags, int id) {
    return out.put((byte) 0).putShort((short) length).put((byte) type).put((byte) flags).putInt(id);
  }

  private void acknowledge(int flags, int type, int length) throws IOException {
    if ((flags & ACK) == 0) {
      frame(length, type, ACK, 0).put(in.slice(in.position(), length));
      flush();
    }
  }

  private void flush() throws IOException {
    out.flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
    out.clear();
  }

  private void need(int bytes) throws IOException {
    while (in.remaining() < bytes) {
      in.compact();
      int read = channel.read(in);
      in.flip();
      if (read < 0) {
        throw new EOFException("the connection was closed");
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
