package dev.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer whose body has not been read; closing it gives the connection up. */
public final class HttpAnswer implements AutoCloseable {
  private final HttpURLConnection connection;
  private final URI uri;
  private final int status;
  private String host = "";

  HttpAnswer(HttpURLConnection connection, URI uri, int status) {
    this.connection = connection;
    this.uri = uri;
    this.status = status;
  }

  /** Where the answer came from, after redirects. */
  public URI uri() {
    return uri;
  }

  public int status() {
    return status;
  }

  /** Base URL of the registry or mirror that was asked first. */
  public String host() {
    return host;
  }

  HttpAnswer askedAt(String base) {
    host = base;
    return this;
  }

  /** The first header of this name, or null. */
  public @Nullable String header(String name) {
    return connection.getHeaderField(name);
  }

  public List<String> headers(String name) {
    var found = new ArrayList<String>();
    for (Map.Entry<String, List<String>> e : connection.getHeaderFields().entrySet()) {
      if (name.equalsIgnoreCase(e.getKey())) {
        found.addAll(e.getValue());
      }
    }
    return found;
  }

  /** Content-Length, -1 when the server does not say. */
  public long length() {
    return connection.getContentLengthLong();
  }

  public InputStream body() throws IOException {
    InputStream error = status >= 400 ? connection.getErrorStream() : null;
    if (error != null) {
      return error;
    }
    return status >= 400 ? InputStream.nullInputStream() : connection.getInputStream();
  }

  /**
   * The whole body.
   *
   * @throws IOException when it is longer than {@code most} bytes
   */
  public byte[] bytes(int most) throws IOException {
    try (InputStream body = body()) {
      byte[] all = body.readNBytes(most + 1);
      if (all.length > most) {
        throw new IOException("answer exceeds " + most + " bytes");
      }
      return all;
    }
  }

  @Override
  public void close() {
    connection.disconnect();
  }
}
