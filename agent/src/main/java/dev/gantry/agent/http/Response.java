package dev.gantry.agent.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** An answer. */
public record Response(int status, String type, String body) {
  /** JSON. */
  public static Response json(String json) {
    return new Response(200, "application/json", json);
  }

  /** Text. */
  public static Response text(String text) {
    return new Response(200, "text/plain; charset=utf-8", text);
  }

  /** Something is wrong: what, in one line. */
  public static Response error(int status, String message) {
    return new Response(status, "text/plain; charset=utf-8", message + "\n");
  }

  void write(OutputStream out) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, status < 300 ? "OK" : "Error", type, bytes.length);
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    out.write(bytes);
    out.flush();
  }
}
