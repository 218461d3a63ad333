package dev.gantry.testkit;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A plain HTTP/1.1 server that can break the protocol, which the JDK's own cannot: that one never
 * answers a client that tries TLS first, and every real registry does.
 */
final class HttpDoor implements AutoCloseable {
  private static final int TLS_HANDSHAKE = 0x16;
  private static final int MAX_LINE = 64 * 1024;
  private static final int MAX_FORM = 64 * 1024;
  private static final int BACKLOG = 256;

  /**
   * A request.
   *
   * @param form the body of one that is a form, of at most 64 KiB; else empty
   */
  record Head(String method, String target, Map<String, String> headers, String form) {}

  /** Answers a request; false ends the connection. */
  interface Handler {
    boolean handle(Head head, OutputStream out) throws IOException, InterruptedException;
  }

  /** Thrown by a handler to end the connection with a TCP reset instead of in order. */
  static final class Reset extends IOException {
    private static final long serialVersionUID = 1;
  }

  private final ServerSocket server;
  private final Handler handler;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  HttpDoor(Handler handler) throws IOException {
    this.handler = handler;
    this.server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("hostile-registry").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() {
    closeQuietly(server);
    open.forEach(HttpDoor::closeQuietly);
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        // Closed: the test is over.
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      in.mark(1);
      if (in.read() == TLS_HANDSHAKE) {
        out.write(ascii("HTTP/1.0 400 Bad Request\r\n\r\nthis is no HTTPS server\n"));
        return;
      }
      in.reset();
      while (handler.handle(head(in), out)) {
        out.flush();
      }
    } catch (Reset e) {
      reset(socket);
    } catch (IOException e) {
      // The client went away or this was closed; either is the test's own doing.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
      closeQuietly(socket);
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException e) {
      // It is closed already, which is as good.
      return;
    }
  }

  private static Head head(InputStream in) throws IOException {
    String[] request = line(in).split(" ", 3);
    if (request.length < 3) {
      throw new EOFException("no HTTP request");
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new Head(request[0], request[1], headers, form(in, headers));
  }

  private static String form(InputStream in, Map<String, String> headers) throws IOException {
    long length = Long.parseLong(headers.getOrDefault("Content-Length", "0"));
    String type = headers.getOrDefault("Content-Type", "");
    if (type.startsWith("application/x-www-form-urlencoded") && length <= MAX_FORM) {
      return new String(in.readNBytes((int) length), StandardCharsets.UTF_8);
    }
    in.skipNBytes(length);
    return "";
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.length() > MAX_LINE) {
        throw new EOFException("end of input in a line");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
