package dev.gantry.image.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One connection: bytes in both directions, and how long the next one is waited for. Interrupting
 * the virtual thread that reads closes it.
 */
final class Wire implements AutoCloseable {
  private static final int BUFFER = 8 * 1024;
  private static final int MOST_LINE = 32 * 1024;

  private final Socket socket;
  private final Socket plain;
  private final InputStream in;
  private final OutputStream out;
  private final long stallNanos;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private long deadline = Long.MAX_VALUE;
  private int timeoutMillis = -1;
  private long received;

  /** When it was given back to the pool. */
  long idleSince;

  /**
   * @param plain the connection beneath {@code socket}, which is closed without TLS's good-bye:
   *     that would wait for whoever writes
   */
  Wire(Socket socket, Socket plain, Duration stall) throws IOException {
    this.socket = socket;
    this.plain = plain;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.stallNanos = stall.toNanos();
  }

  OutputStream out() {
    return out;
  }

  /** Bytes that came over this connection so far. */
  long received() {
    return received;
  }

  /** Whether something came that nobody asked for. */
  boolean buffered() {
    return position < limit;
  }

  /** Everything until {@link #unbound} must have come within {@code limit}, however it trickles. */
  void bound(Duration limit) {
    deadline = System.nanoTime() + limit.toNanos();
  }

  void unbound() {
    deadline = Long.MAX_VALUE;
  }

  /** Like {@link InputStream#read(byte[], int, int)}. */
  int read(byte[] to, int offset, int length) throws IOException {
    if (position == limit) {
      if (length >= BUFFER) {
        return receive(to, offset, length);
      }
      int n = receive(buffer, 0, BUFFER);
      if (n < 0) {
        return -1;
      }
      position = 0;
      limit = n;
    }
    int n = Math.min(length, limit - position);
    System.arraycopy(buffer, position, to, offset, n);
    position += n;
    return n;
  }

  /**
   * The next line without its end.
   *
   * @throws EOFException when the connection ends before the line does
   */
  String line() throws IOException {
    var text = new StringBuilder(80);
    while (true) {
      if (position == limit) {
        int n = receive(buffer, 0, BUFFER);
        if (n < 0) {
          throw new EOFException("the connection ended in the middle of an answer");
        }
        position = 0;
        limit = n;
      }
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      text.append(new String(buffer, position, end - position, StandardCharsets.ISO_8859_1));
      if (text.length() > MOST_LINE) {
        throw new HttpException("a header line exceeds " + MOST_LINE + " bytes");
      }
      position = end;
      if (end < limit) {
        position++;
        int length = text.length();
        return length > 0 && text.charAt(length - 1) == '\r'
            ? text.substring(0, length - 1)
            : text.toString();
      }
    }
  }

  private int receive(byte[] to, int offset, int length) throws IOException {
    long wait = stallNanos;
    if (deadline != Long.MAX_VALUE) {
      wait = Math.min(wait, deadline - System.nanoTime());
      if (wait <= 0) {
        throw new SocketTimeoutException("the answer takes too long");
      }
    }
    int millis = Math.clamp(wait / 1_000_000, 1, Integer.MAX_VALUE);
    if (millis != timeoutMillis) {
      socket.setSoTimeout(millis);
      timeoutMillis = millis;
    }
    try {
      int n = in.read(to, offset, length);
      received += Math.max(n, 0);
      return n;
    } catch (SocketTimeoutException e) {
      var stalled = new SocketTimeoutException("no byte came for " + seconds(wait));
      stalled.initCause(e);
      throw stalled;
    }
  }

  private static String seconds(long nanos) {
    return nanos < 1_000_000_000 ? nanos / 1_000_000 + " ms" : nanos / 1_000_000_000 + " s";
  }

  @Override
  public void close() {
    try {
      plain.close();
    } catch (IOException closing) {
      // The kernel has dropped the connection either way; nothing is lost with it.
      position = limit;
    }
  }
}
