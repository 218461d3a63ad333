package dev.gantry.image.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer whose body has not been read. Closing it before the body's end gives the connection up;
 * at the body's end the connection serves others.
 */
public final class HttpAnswer implements AutoCloseable {
  private static final int DISCARD = 16 * 1024;
  private static final Duration DISCARD_TIME = Duration.ofSeconds(2);

  /** A short body may take this long, and further time at {@link #LEAST_RATE}. */
  private static final long LEAST_SECONDS = 30;

  private static final int LEAST_RATE = 16 * 1024;

  private final URI uri;
  private final ResponseHead head;
  private final Wire wire;
  private final InputStream body;
  private final long length;

  HttpAnswer(URI uri, ResponseHead head, Wire wire, InputStream body, long length) {
    this.uri = uri;
    this.head = head;
    this.wire = wire;
    this.body = body;
    this.length = length;
  }

  /** Where the answer came from. */
  public URI uri() {
    return uri;
  }

  public int status() {
    return head.status();
  }

  /** The first header of this name, or null. */
  public @Nullable String header(String name) {
    List<String> all = headers(name);
    return all.isEmpty() ? null : all.getFirst();
  }

  public List<String> headers(String name) {
    return head.headers().getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  /** Bytes of the body, -1 when the server does not say. */
  public long length() {
    return length;
  }

  /**
   * The body.
   *
   * @return a stream that throws {@link java.net.SocketTimeoutException} on a stall and {@link
   *     java.io.EOFException} when the connection ends before the body
   */
  public InputStream body() {
    return body;
  }

  /**
   * The whole body, which must come at a reasonable pace.
   *
   * @throws IOException when it is longer than {@code most} bytes
   */
  public byte[] bytes(int most) throws IOException {
    try (body) {
      if (length > most) {
        throw new HttpException("answer of " + length + " bytes exceeds " + most + " bytes");
      }
      wire.bound(Duration.ofSeconds(LEAST_SECONDS + most / LEAST_RATE));
      byte[] all = body.readNBytes(most + 1);
      if (all.length > most) {
        throw new HttpException("answer exceeds " + most + " bytes");
      }
      return all;
    }
  }

  /** Reads and throws away a short body, so that its connection can be used again. */
  public void discard() {
    try (body) {
      if (length <= DISCARD) {
        wire.bound(DISCARD_TIME);
        body.readNBytes(DISCARD);
      }
    } catch (IOException unreadable) {
      close();
    }
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException closing) {
      wire.close();
    }
  }
}
