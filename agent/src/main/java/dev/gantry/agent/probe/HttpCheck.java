package dev.gantry.agent.probe;

import dev.gantry.agent.api.HTTPGetAction;
import dev.gantry.agent.api.HTTPHeader;
import dev.gantry.agent.api.URIScheme;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A GET as probes and hooks make it: HTTP/1.1 on a connection of its own, certificates are not
 * verified, redirects within the host are followed, and of the answer at most 10 KiB are read. Much
 * smaller in memory than a real HTTP client, of which a node would need nothing else.
 */
public final class HttpCheck {
  private static final int BODY_LIMIT = 10 * 1024;
  private static final int HEAD_LIMIT = 64 * 1024;
  private static final int REDIRECTS = 10;

  private HttpCheck() {}

  /**
   * An answer.
   *
   * @param elsewhere a redirect to another host, which is not followed; empty if there was none
   */
  public record Answer(int status, String body, String elsewhere) {}

  private record Head(int status, String location) {}

  /**
   * Makes a request.
   *
   * @param host whom it goes to; the action's own headers may name another one
   * @throws IOException in the words of Go's client, which people know from events
   */
  public static Answer get(
      HTTPGetAction action, String host, int port, String agent, Duration limit)
      throws IOException {
    boolean tls = action.scheme() == URIScheme.HTTPS;
    String path = action.path().startsWith("/") ? action.path() : "/" + action.path();
    String url = (tls ? "https://" : "http://") + address(host, port) + path;
    long deadline = System.nanoTime() + limit.toNanos();
    URI at = uri(url);
    for (int i = 0; i <= REDIRECTS; i++) {
      Answer answer = once(action, at, agent, deadline);
      if (answer.elsewhere().isEmpty()) {
        return answer;
      }
      URI next = at.resolve(answer.elsewhere());
      if (!String.valueOf(next.getHost()).equals(at.getHost())) {
        return answer;
      }
      at = next;
    }
    throw new IOException("Get \"" + url + "\": stopped after " + REDIRECTS + " redirects");
  }

  private static URI uri(String url) throws IOException {
    try {
      return URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IOException("parse \"" + url + "\": " + e.getMessage(), e);
    }
  }

  private static String address(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static Answer once(HTTPGetAction action, URI uri, String agent, long deadline)
      throws IOException {
    boolean tls = "https".equals(uri.getScheme());
    String host = uri.getHost();
    int port = uri.getPort() < 0 ? (tls ? 443 : 80) : uri.getPort();
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(host, port), left(deadline));
      plain.setSoTimeout(left(deadline));
      Socket socket = tls ? Tls.wrap(plain, host, port) : plain;
      socket.getOutputStream().write(request(action, uri, agent));
      socket.getOutputStream().flush();
      return read(new BufferedInputStream(socket.getInputStream()), plain, deadline);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          "Get \""
              + uri
              + "\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
          e);
    } catch (ConnectException e) {
      throw new IOException(
          "Get \"" + uri + "\": dial tcp " + address(host, port) + ": " + words(e), e);
    } catch (IOException e) {
      throw new IOException("Get \"" + uri + "\": " + e.getMessage(), e);
    }
  }

  static String words(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("refused") ? "connect: connection refused" : "connect: " + message;
  }

  private static int left(long deadline) throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("the time is over");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private static byte[] request(HTTPGetAction action, URI uri, String agent) {
    StringBuilder text = new StringBuilder("GET ").append(uri.getRawPath());
    if (uri.getRawQuery() != null) {
      text.append('?').append(uri.getRawQuery());
    }
    text.append(" HTTP/1.1\r\n");
    header(text, action, "Host", uri.getAuthority());
    header(text, action, "User-Agent", agent);
    header(text, action, "Accept", "*/*");
    for (HTTPHeader header : action.httpHeaders()) {
      if (!header.value().isEmpty() || !header.name().equalsIgnoreCase("Accept")) {
        text.append(line(header.name())).append(": ").append(line(header.value())).append("\r\n");
      }
    }
    return text.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void header(StringBuilder text, HTTPGetAction action, String name, String value) {
    if (action.httpHeaders().stream().noneMatch(h -> h.name().equalsIgnoreCase(name))) {
      text.append(name).append(": ").append(value).append("\r\n");
    }
  }

  /** A header cannot begin another one. */
  private static String line(String text) {
    return text.replace("\r", "").replace("\n", "");
  }

  private static Answer read(InputStream in, Socket socket, long deadline) throws IOException {
    Head head = head(in, socket, deadline);
    if (head.status() >= 300 && head.status() < 400 && !head.location().isEmpty()) {
      return new Answer(head.status(), "", head.location());
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[2048];
    while (body.size() < BODY_LIMIT) {
      socket.setSoTimeout(left(deadline));
      int count = in.read(buffer, 0, Math.min(buffer.length, BODY_LIMIT - body.size()));
      if (count < 0) {
        break;
      }
      body.write(buffer, 0, count);
    }
    return new Answer(head.status(), body.toString(StandardCharsets.UTF_8), "");
  }

  private static Head head(InputStream in, Socket socket, long deadline) throws IOException {
    String first = line(in, socket, deadline);
    String[] words = first.split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/") || !words[1].matches("[1-9]\\d\\d")) {
      throw new IOException("malformed HTTP response \"" + first + "\"");
    }
    String location = "";
    int size = first.length();
    for (String line = line(in, socket, deadline); !line.isEmpty(); ) {
      if (line.regionMatches(true, 0, "Location:", 0, 9)) {
        location = line.substring(9).strip();
      }
      size += line.length();
      if (size > HEAD_LIMIT) {
        throw new IOException("the answer's headers are too long");
      }
      line = line(in, socket, deadline);
    }
    return new Head(Integer.parseInt(words[1]), location);
  }

  private static String line(InputStream in, Socket socket, long deadline) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < HEAD_LIMIT) {
      socket.setSoTimeout(left(deadline));
      int c = in.read();
      if (c < 0) {
        throw new IOException("EOF");
      }
      if (c == '\n') {
        return line.toString().stripTrailing();
      }
      line.append((char) c);
    }
    throw new IOException("a line of the answer is too long");
  }
}
