package dev.gantry.streaming.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * A connection that was upgraded from HTTP.
 *
 * @param socket to be closed in the end
 * @param in what comes after the answer's headers
 * @param protocol the subprotocol that the server chose; empty when it named none
 */
record HttpUpgrade(Socket socket, Incoming in, OutputStream out, String protocol) implements Link {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int LONGEST_ANSWER = 64 << 10;

  /**
   * Connects and asks for the upgrade.
   *
   * @param headers of the request, besides those that every request has
   * @param protocolHeader the answer's header that names the subprotocol
   * @throws IOException with the server's own words when it refuses
   */
  static HttpUpgrade to(URI url, String method, Map<String, String> headers, String protocolHeader)
      throws IOException {
    Socket socket = open(url);
    try {
      OutputStream out = socket.getOutputStream();
      var in = new Incoming(socket.getInputStream());
      var request = new StringBuilder(method + " " + url.getRawPath());
      if (url.getRawQuery() != null) {
        request.append('?').append(url.getRawQuery());
      }
      request.append(" HTTP/1.1\r\nHost: ").append(url.getRawAuthority()).append("\r\n");
      request.append("Connection: Upgrade\r\n");
      headers.forEach(
          (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
      if (method.equals("POST")) {
        request.append("Content-Length: 0\r\n");
      }
      out.write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
      out.flush();
      Map<String, String> answer = answer(in);
      return new HttpUpgrade(
          socket, in, out, answer.getOrDefault(protocolHeader.toLowerCase(Locale.ROOT), ""));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public void leave() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** A key that proves to us that the server understood; WebSocket wants one. */
  static String key() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static Socket open(URI url) throws IOException {
    boolean tls = url.getScheme().equals("https");
    int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
    String host = url.getHost().replaceAll("^\\[|]$", "");
    var socket = new Socket();
    try {
      socket.connect(new java.net.InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return tls ? secured(socket, host, port) : socket;
    } catch (IOException e) {
      socket.close();
      throw new IOException("connect to " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /**
   * The URL came over the runtime's own socket and is itself the proof: the certificate is most
   * often one that nobody knows.
   */
  private static Socket secured(Socket plain, String host, int port) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAnybody()}, null);
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static Map<String, String> answer(Incoming in) throws IOException {
    String status = line(in);
    Map<String, String> headers = new LinkedHashMap<>();
    int left = LONGEST_ANSWER;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      left -= line.length();
      int colon = line.indexOf(':');
      if (colon < 0 || left < 0) {
        throw new IOException("the server's answer is no HTTP");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    if (!status.matches("HTTP/1\\.1 101( .*)?")) {
      int length = Math.min(4096, number(headers.getOrDefault("content-length", "0")));
      String text = new String(in.readNBytes(length), StandardCharsets.UTF_8).strip();
      throw new IOException(
          "the server refuses: " + status.replaceFirst("^HTTP/\\S+ ", "") + ": " + text);
    }
    return headers;
  }

  private static int number(String text) {
    return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
  }

  private static String line(Incoming in) throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      int b = in.readUnsignedByte();
      if (b == '\n') {
        return line.toString(StandardCharsets.US_ASCII).replace("\r", "");
      }
      line.write(b);
      if (line.size() > LONGEST_ANSWER) {
        throw new IOException("the server's answer is no HTTP");
      }
    }
  }

  private static final class TrustAnybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException("there are no clients here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // See above.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
