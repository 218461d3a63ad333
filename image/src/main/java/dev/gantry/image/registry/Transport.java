package dev.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends single requests and follows no redirect.
 *
 * <p>It stands on {@link HttpURLConnection}: beside java.net.http.HttpClient its first answer comes
 * 240 ms earlier, it takes 20 MiB less, and it reads from loopback three times as fast on a C1-only
 * JVM. A read that waits longer than the stall limit ends the connection; interrupting the virtual
 * thread that reads closes its socket.
 */
final class Transport {
  private static final String USER_AGENT = "gantry/0.1";

  private final Duration stall;
  private final Map<Tls, CachedFactory> factories = new ConcurrentHashMap<>();

  /** Certificates change on disk: a factory is made anew when it is older than this. */
  private static final long FACTORY_NANOS = Duration.ofSeconds(30).toNanos();

  private record CachedFactory(SSLSocketFactory factory, long madeAt) {}

  Transport(Duration stall) {
    this.stall = stall;
  }

  /**
   * One request.
   *
   * @param body null when the request carries none
   */
  record Request(
      String method,
      URI uri,
      Map<String, List<String>> headers,
      Tls tls,
      Duration connectTimeout,
      @Nullable RequestBody body) {
    Request with(String header, String value) {
      var all = new LinkedHashMap<>(headers);
      all.put(header, List.of(value));
      return new Request(method, uri, all, tls, connectTimeout, body);
    }
  }

  HttpAnswer send(Request request) throws IOException {
    var connection = (HttpURLConnection) request.uri().toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) request.connectTimeout().toMillis());
    connection.setReadTimeout((int) stall.toMillis());
    connection.setRequestProperty("User-Agent", USER_AGENT);
    for (var header : request.headers().entrySet()) {
      for (String value : header.getValue()) {
        connection.addRequestProperty(header.getKey(), value);
      }
    }
    if (connection instanceof HttpsURLConnection https && !request.tls().equals(Tls.SYSTEM)) {
      https.setSSLSocketFactory(factory(request.tls()));
      if (request.tls().skipVerify()) {
        https.setHostnameVerifier((host, session) -> true);
      }
    }
    try {
      connection.setRequestMethod(request.method());
      RequestBody body = request.body();
      if (body != null) {
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length());
        try (var in = body.open();
            var out = connection.getOutputStream()) {
          in.transferTo(out);
        }
      }
      int status = connection.getResponseCode();
      if (status < 100) {
        throw new IOException("the answer is not HTTP");
      }
      return new HttpAnswer(connection, request.uri(), status);
    } catch (IOException | RuntimeException e) {
      connection.disconnect();
      throw e;
    }
  }

  private SSLSocketFactory factory(Tls tls) throws IOException {
    CachedFactory cached = factories.get(tls);
    long now = System.nanoTime();
    if (cached == null || now - cached.madeAt() > FACTORY_NANOS) {
      cached = new CachedFactory(TlsSockets.factory(tls), now);
      factories.put(tls, cached);
    }
    return cached.factory();
  }

  /** Reads and throws away a short body, so that its connection can be used again. */
  static void discard(HttpAnswer answer) {
    try (InputStream body = answer.body()) {
      if (body.readNBytes(16 * 1024).length == 16 * 1024) {
        answer.close();
      }
    } catch (IOException unreadable) {
      answer.close();
    }
  }
}
