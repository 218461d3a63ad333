package dev.gantry.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates gzip, one member after the other as pigz and eStargz write them.
 *
 * <p>Unlike the JDK's stream it does not guess from {@code available()} whether a member follows,
 * and it leaves the CRC alone: what comes out is held against a SHA-256 anyway.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952</a>
 */
final class GzipChannel implements ReadableByteChannel {
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final byte[] buffer = new byte[64 * 1024];
  private int at;
  private int filled;
  private boolean ended;
  private boolean open = true;

  GzipChannel(InputStream in) throws IOException {
    this.in = in;
    header();
  }

  @Override
  public int read(ByteBuffer out) throws IOException {
    if (!out.hasRemaining()) {
      return 0;
    }
    try {
      while (!ended) {
        int n = inflater.inflate(out);
        if (n > 0) {
          return n;
        }
        if (inflater.finished()) {
          at = filled - inflater.getRemaining();
          nextMember();
        } else if (inflater.needsDictionary()) {
          throw new IOException("gzip: needs a dictionary");
        } else {
          if (!fill()) {
            throw new EOFException("gzip: the stream ends early");
          }
          inflater.setInput(buffer, 0, filled);
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw new IOException("gzip: corrupt data: " + e.getMessage(), e);
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.read(buffer, 0, buffer.length));
    return filled > 0;
  }

  private int octet() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException("gzip: the stream ends early");
    }
    return buffer[at++] & 0xff;
  }

  /** Goes past CRC and length to the next member, or to the end; zero padding is allowed there. */
  private void nextMember() throws IOException {
    for (int i = 0; i < 8; i++) {
      octet();
    }
    while (at < filled || fill()) {
      if (buffer[at] != 0) {
        inflater.reset();
        header();
        return;
      }
      at++;
    }
    ended = true;
  }

  private void header() throws IOException {
    if (octet() != 0x1f || octet() != 0x8b || octet() != 8) {
      throw new IOException("gzip: not a gzip header");
    }
    int flags = octet();
    for (int i = 0; i < 6; i++) {
      octet();
    }
    if ((flags & EXTRA) != 0) {
      int length = octet() | octet() << 8;
      for (int i = 0; i < length; i++) {
        octet();
      }
    }
    if ((flags & NAME) != 0) {
      text();
    }
    if ((flags & COMMENT) != 0) {
      text();
    }
    if ((flags & HEADER_CRC) != 0) {
      octet();
      octet();
    }
    inflater.setInput(buffer, at, filled - at);
  }

  private void text() throws IOException {
    int octet;
    do {
      octet = octet();
    } while (octet != 0);
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    inflater.end();
    in.close();
  }
}
