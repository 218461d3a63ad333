package dev.gantry.image.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A server on loopback that answers byte for byte what a test wants; or a proxy of that kind. */
public final class StubServer implements AutoCloseable {
  /** A request as it came. */
  public record Request(
      String method, String target, Map<String, String> headers, String body, int connection) {
    public @Nullable String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  /** Writes an answer; false ends the connection. */
  public interface Script {
    boolean answer(Request request, OutputStream out) throws Exception;
  }

  private final ServerSocket server;
  private final Script script;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Integer tunnelTo;

  public StubServer(Script script) {
    try {
      this.server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  /** One that gives this answer to everyone. */
  public static StubServer saying(String answer) {
    return new StubServer((request, out) -> {
      out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
      return false;
    });
  }

  public static boolean reply(OutputStream out, int status, String body, String... headers)
      throws IOException {
    var text = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    text.append("Content-Length: " + bytes.length + "\r\n\r\n");
    out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(bytes);
    return true;
  }

  /** What CONNECT leads to once the script answered it with 200, whatever was asked for. */
  public StubServer tunnelTo(int port) {
    tunnelTo = port;
    return this;
  }

  public String host() {
    return "127.0.0.1:" + port();
  }

  public int port() {
    return server.getLocalPort();
  }

  public List<Request> requests() {
    return List.copyOf(requests);
  }

  private void accept() {
    for (int n = 0; ; n++) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        int number = n;
        Thread.ofVirtual().start(() -> serve(socket, number));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (Request r = read(in, number); r != null; r = read(in, number)) {
        requests.add(r);
        boolean more = script.answer(r, out);
        out.flush();
        if (r.method().equals("CONNECT") && more && tunnelTo != null) {
          tunnel(in, out, tunnelTo);
          return;
        }
        if (!more) {
          return;
        }
      }
    } catch (Exception ended) {
      return; // the client went away, or the test is over
    }
  }

  private void tunnel(InputStream in, OutputStream out, int port) throws Exception {
    try (var target = new Socket(InetAddress.getLoopbackAddress(), port)) {
      open.add(target);
      Thread back =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  target.getInputStream().transferTo(out);
                } catch (IOException ended) {
                  return;
                }
              });
      in.transferTo(target.getOutputStream());
      target.shutdownOutput();
      back.join();
    }
  }

  private static @Nullable Request read(InputStream in, int number) throws IOException {
    var lines = new ArrayList<String>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      lines.add(line);
    }
    if (lines.isEmpty()) {
      return null;
    }
    String[] first = lines.getFirst().split(" ", -1);
    var headers = new TreeMap<String, String>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2));
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    return new Request(first[0], first[1], headers, body, number);
  }

  private static String line(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket s : open) {
        s.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
