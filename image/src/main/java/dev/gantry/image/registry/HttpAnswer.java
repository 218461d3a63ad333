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
final class HttpAnswer implements AutoCloseable {
  private final HttpURLConnection connection;
  private final URI uri;
  private final int status;

  HttpAnswer(HttpURLConnection connection, URI uri, int status) {
    this.connection = connection;
    this.uri = uri;
    this.status = status;
  }

  URI uri() {
    return uri;
  }

  int status() {
    return status;
  }

  @Nullable String header(String name) {
    return connection.getHeaderField(name);
  }

  List<String> headers(String name) {
    var found = new ArrayList<String>();
    for (Map.Entry<String, List<String>> e : connection.getHeaderFields().entrySet()) {
      if (name.equalsIgnoreCase(e.getKey())) {
        found.addAll(e.getValue());
      }
    }
    return found;
  }

  /** Content-Length, -1 when the server does not say. */
  long length() {
    return connection.getContentLengthLong();
  }

  InputStream body() throws IOException {
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
  byte[] bytes(int most) throws IOException {
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
