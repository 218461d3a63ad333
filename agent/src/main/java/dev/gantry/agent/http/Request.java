package dev.gantry.agent.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A request.
 *
 * @param query the parameters behind the question mark
 * @param headers by their names in lower case
 */
record Request(
    String method,
    String path,
    Map<String, String> query,
    Map<String, String> headers,
    String body) {
  private static final int LINE_LIMIT = 8 * 1024;
  private static final int HEADERS_LIMIT = 100;
  private static final int BODY_LIMIT = 16 << 20;

  Request {
    query = Map.copyOf(query);
    headers = Map.copyOf(headers);
  }

  /** Reads one, or fails with what is wrong with it. */
  static Request read(InputStream in) throws IOException {
    String[] first = line(in).split(" ", 3);
    if (first.length != 3 || !first[2].startsWith("HTTP/1.")) {
      throw new IOException("not HTTP/1.1");
    }
    Map<String, String> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon <= 0 || headers.size() >= HEADERS_LIMIT) {
        throw new IOException("bad headers");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int question = first[1].indexOf('?');
    String path = question < 0 ? first[1] : first[1].substring(0, question);
    String query = question < 0 ? "" : first[1].substring(question + 1);
    return new Request(first[0], path, parameters(query), headers, body(in, headers));
  }

  private static String body(InputStream in, Map<String, String> headers) throws IOException {
    String length = headers.getOrDefault("content-length", "0");
    if (!length.matches("\\d{1,9}") || Integer.parseInt(length) > BODY_LIMIT) {
      throw new IOException("a body of " + length + " bytes is too large");
    }
    byte[] bytes = in.readNBytes(Integer.parseInt(length));
    if (bytes.length < Integer.parseInt(length)) {
      throw new EOFException("the body ends early");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> all = new HashMap<>();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        all.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
      }
    }
    return all;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LINE_LIMIT) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the request ends early");
      }
      if (c == '\n') {
        return line.toString().stripTrailing();
      }
      line.append((char) c);
    }
    throw new IOException("a line is too long");
  }
}
