package dev.gantry.image.http;

import dev.gantry.linux.BulkInputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * The body of an answer, whatever its framing. At its end the connection goes back to the pool;
 * closing it before closes the connection.
 */
final class BodyStream extends BulkInputStream {
  /** How the end of a body is known. */
  private enum Framing {
    LENGTH,
    CHUNKED,
    CLOSE
  }

  private static final int MOST_TRAILERS = 64;

  private final Wire wire;
  private final Runnable whole;
  private final Framing framing;

  /** Bytes left of the body, or of the chunk. */
  private long left;

  private boolean firstChunk = true;
  private boolean done;

  private BodyStream(Wire wire, Runnable whole, Framing framing, long left) {
    this.wire = wire;
    this.whole = whole;
    this.framing = framing;
    this.left = left;
  }

  /**
   * @param whole called once, when the body was read to its end and the connection can be used
   *     again
   */
  static BodyStream of(Wire wire, ResponseHead head, boolean bodiless, Runnable whole)
      throws HttpException {
    boolean chunked = head.chunked();
    long length = head.length();
    BodyStream body;
    if (bodiless || head.status() == 204 || head.status() == 304) {
      body = new BodyStream(wire, whole, Framing.LENGTH, 0);
    } else if (chunked) {
      body = new BodyStream(wire, whole, Framing.CHUNKED, 0);
    } else if (length >= 0) {
      body = new BodyStream(wire, whole, Framing.LENGTH, length);
    } else {
      return new BodyStream(wire, wire::close, Framing.CLOSE, Long.MAX_VALUE);
    }
    if (body.framing == Framing.LENGTH && body.left == 0) {
      body.end();
    }
    return body;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!done && framing == Framing.CHUNKED && left == 0) {
      nextChunk();
    }
    if (done) {
      return -1;
    }
    int n = wire.read(to, offset, (int) Math.min(length, left));
    if (n < 0) {
      if (framing != Framing.CLOSE) {
        throw new EOFException("the connection ended before the body did");
      }
      end();
      return -1;
    }
    left -= n;
    if (left == 0 && framing == Framing.LENGTH) {
      end();
    }
    return n;
  }

  private void nextChunk() throws IOException {
    if (!firstChunk && !wire.line().isEmpty()) {
      throw new HttpException("a chunk is longer than it says");
    }
    firstChunk = false;
    String line = wire.line();
    int semicolon = line.indexOf(';');
    String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
    if (!size.matches("[0-9a-fA-F]{1,15}")) {
      throw new HttpException("a chunk's size is not a number");
    }
    left = Long.parseLong(size, 16);
    if (left > 0) {
      return;
    }
    for (int i = 0; !wire.line().isEmpty(); i++) {
      if (i == MOST_TRAILERS) {
        throw new HttpException("more than " + MOST_TRAILERS + " trailers");
      }
    }
    end();
  }

  private void end() {
    if (!done) {
      done = true;
      wire.unbound();
      whole.run();
    }
  }

  @Override
  public void close() {
    if (!done) {
      done = true;
      wire.close();
    }
  }
}
