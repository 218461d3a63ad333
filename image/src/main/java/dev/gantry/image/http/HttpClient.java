package dev.gantry.image.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends single requests over connections that are kept for the next one. Thread-safe.
 *
 * <p>It is our own because none of the JDK's fits: HttpURLConnection tries only the first address
 * of a host, cannot send PATCH, bounds no head, repeats requests by itself and wants system-wide
 * settings for proxies with a password; java.net.http.HttpClient takes 240 ms longer for its first
 * answer, 20 MiB more, and three times as long to read from loopback on a C1-only JVM.
 */
public final class HttpClient {
  static final String USER_AGENT = "gantry/0.1";

  private static final Set<String> REPEATABLE = Set.of("GET", "HEAD", "PUT", "DELETE");
  private static final int SEND_BUFFER = 64 * 1024;

  /** A head may trickle in for this many stall limits; after an upload the server has to think. */
  private static final int HEAD_STALLS = 2;

  private static final int UPLOAD_STALLS = 10;

  private final Duration stall;
  private final Proxies proxies;
  private final TlsContexts contexts = new TlsContexts();
  private final Connector connector;
  private final ConnectionPool pool = new ConnectionPool();

  /**
   * @param stall longest wait for the next byte of an answer, or for room to send one
   */
  public HttpClient(Duration stall, Proxies proxies) {
    this.stall = stall;
    this.proxies = proxies;
    this.connector = new Connector(stall, contexts);
  }

  /**
   * Sends a request and reads the head of its answer.
   *
   * @throws IOException when no answer came; {@link FailureText} says it in words
   */
  public HttpAnswer send(HttpRequest request) throws IOException {
    boolean secure = "https".equalsIgnoreCase(request.uri().getScheme());
    long version = secure ? contexts.version(request.tls()) : 0;
    Route route = Route.of(request.uri(), secure ? request.tls() : Tls.SYSTEM, version, proxies);
    if (REPEATABLE.contains(request.method())) {
      for (Wire idle = pool.take(route); idle != null; idle = pool.take(route)) {
        long before = idle.received();
        try {
          return exchange(idle, route, request);
        } catch (IOException e) {
          // The server may have closed it meanwhile, which shows only now; anything else counts.
          if (idle.received() != before
              || e instanceof java.net.SocketTimeoutException
              || e instanceof HttpException
              || Thread.currentThread().isInterrupted()) {
            throw e;
          }
        }
      }
    }
    Wire fresh = connector.open(route, request.connectTimeout());
    try {
      return exchange(fresh, route, request);
    } catch (SocketException e) {
      if (!route.secure() || fresh.received() > 0 || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      // TLS 1.3 judges the client's certificate when the handshake is over for the client.
      throw new SSLException(
          "the server hung up right after the handshake ("
              + e.getMessage()
              + "); if it wants a client certificate, name one in hosts.toml or certs.d",
          e);
    }
  }

  private HttpAnswer exchange(Wire wire, Route route, HttpRequest request) throws IOException {
    boolean answered = false;
    try {
      send(wire, route, request);
      wire.bound(stall.multipliedBy(request.body() == null ? HEAD_STALLS : UPLOAD_STALLS));
      ResponseHead head = ResponseHead.read(wire);
      wire.unbound();
      boolean keep = head.keepAlive();
      BodyStream body =
          BodyStream.of(
              wire,
              head,
              request.method().equals("HEAD"),
              () -> {
                if (keep) {
                  pool.give(route, wire);
                } else {
                  wire.close();
                }
              });
      answered = true;
      long length = head.chunked() ? -1 : head.length();
      return new HttpAnswer(request.uri(), head, wire, body, length);
    } finally {
      if (!answered) {
        wire.close();
      }
    }
  }

  private void send(Wire wire, Route route, HttpRequest request) throws IOException {
    byte[] head = head(route, request).getBytes(StandardCharsets.ISO_8859_1);
    RequestBody body = request.body();
    if (body == null) {
      try {
        wire.out().write(head);
      } catch (SocketException e) {
        throw lastWords(wire, e);
      }
      return;
    }
    try (var watch = new SendWatch(wire, stall)) {
      wire.out().write(head);
      copy(body, wire.out(), watch.sent());
    } catch (LocalReadException e) {
      throw e.reading();
    } catch (IOException e) {
      // A server that refuses an upload says so and hangs up: its answer tells more than EPIPE.
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
    }
  }

  /** With TLS 1.3 a server that wants a certificate says so after the handshake, and hangs up. */
  private static IOException lastWords(Wire wire, SocketException broken) {
    try {
      var _ = wire.read(new byte[1], 0, 1);
      return broken;
    } catch (SSLException said) {
      said.addSuppressed(broken);
      return said;
    } catch (IOException nothing) {
      broken.addSuppressed(nothing);
      return broken;
    }
  }

  /** What went wrong on our side of an upload. */
  private static final class LocalReadException extends IOException {
    private static final long serialVersionUID = 1;
    private final IOException reading;

    LocalReadException(IOException reading) {
      super(reading);
      this.reading = reading;
    }

    IOException reading() {
      return reading;
    }
  }

  private static void copy(RequestBody body, OutputStream out, AtomicLong sent) throws IOException {
    byte[] buffer = new byte[SEND_BUFFER];
    long left = body.length();
    try (InputStream in = body.open()) {
      while (left > 0) {
        int n;
        try {
          n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        } catch (IOException e) {
          throw new LocalReadException(e);
        }
        if (n < 0) {
          throw new LocalReadException(
              new IOException("the body is " + left + " bytes shorter than it said"));
        }
        out.write(buffer, 0, n);
        left -= n;
        sent.addAndGet(n);
      }
    }
  }

  private static String head(Route route, HttpRequest request) throws IOException {
    URI uri = request.uri();
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    Proxy proxy = route.proxy();
    boolean plainProxy = proxy != null && proxy.speaksHttp() && !route.secure();
    var text = new StringBuilder(512);
    text.append(request.method()).append(' ');
    boolean usual = route.port() == (route.secure() ? 443 : 80);
    String authority = route.authority();
    String host = usual ? authority.substring(0, authority.lastIndexOf(':')) : authority;
    text.append(plainProxy ? "http://" + host + target : target);
    text.append(" HTTP/1.1\r\n");
    if (!has(request.headers(), "Host")) {
      text.append("Host: ").append(host).append("\r\n");
    }
    if (!has(request.headers(), "User-Agent")) {
      text.append("User-Agent: ").append(USER_AGENT).append("\r\n");
    }
    RequestBody body = request.body();
    if (body != null) {
      text.append("Content-Length: ").append(body.length()).append("\r\n");
    } else if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      text.append("Content-Length: 0\r\n");
    }
    if (plainProxy) {
      text.append(Connector.authorization(route.proxy()));
    }
    for (var header : request.headers().entrySet()) {
      for (String value : header.getValue()) {
        text.append(safe(header.getKey(), "")).append(": ");
        text.append(safe(value, header.getKey())).append("\r\n");
      }
    }
    return text.append("\r\n").toString();
  }

  private static boolean has(Map<String, List<String>> headers, String name) {
    return headers.keySet().stream().anyMatch(name::equalsIgnoreCase);
  }

  private static String safe(String text, @Nullable String of) throws HttpException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
        throw new HttpException(
            "a header's "
                + (of == null || of.isEmpty() ? "name" : "value (" + of + ")")
                + " has characters that HTTP does not allow");
      }
    }
    return text;
  }
}
