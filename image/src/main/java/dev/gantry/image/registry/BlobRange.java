package dev.gantry.image.registry;

import dev.gantry.image.http.HttpAnswer;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Part of a blob as one host sends it. A host may ignore the range that was asked for and send the
 * whole blob: {@link #start()} says what {@link #body()} begins with.
 */
public final class BlobRange implements AutoCloseable {
  private final RegistrySession session;
  private final HttpAnswer answer;
  private final String host;
  private final long start;
  private final long total;

  BlobRange(RegistrySession session, RegistrySession.Answered answered, long start, long total) {
    this.session = session;
    this.answer = answered.answer();
    this.host = answered.host();
    this.start = start;
    this.total = total;
  }

  /** 206 when the host honoured the range, 200 when it sends the blob from its first byte. */
  public int status() {
    return answer.status();
  }

  /** Offset in the blob of the first byte of the body: 0 with status 200. */
  public long start() {
    return start;
  }

  /** Bytes of the body, -1 when the host does not say. */
  public long length() {
    return answer.length();
  }

  /** Bytes of the whole blob as the host says, -1 when it does not. */
  public long total() {
    return total;
  }

  /** The host's name for this version of the bytes, to compare answers of one host; or null. */
  public @Nullable String etag() {
    return answer.header("ETag");
  }

  /** Base URL of the registry or mirror that was asked, whatever it redirected to. */
  public String host() {
    return host;
  }

  /** The bytes, not verified. */
  public InputStream body() {
    return answer.body();
  }

  /**
   * Says that this host broke off or stalled in mid-body, so that the session's next request goes
   * to another host first, where there is one.
   */
  public void broken() {
    session.demote(host);
  }

  /** Gives the connection up; one whose body was read to its end is used again. */
  @Override
  public void close() {
    answer.close();
  }
}
