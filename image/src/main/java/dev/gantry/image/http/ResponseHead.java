package dev.gantry.image.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Status and headers of an answer.
 *
 * @param keepAlive whether the connection may serve another request afterwards
 * @param headers names in lower case
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
record ResponseHead(int status, boolean keepAlive, Map<String, List<String>> headers) {
  private static final int MOST_BYTES = 64 * 1024;
  private static final int MOST_HEADERS = 256;
  private static final int MOST_INTERIM = 8;

  /** Reads the head of the final answer; interim ones (1xx) are skipped. */
  static ResponseHead read(Wire wire) throws IOException {
    for (int i = 0; i <= MOST_INTERIM; i++) {
      ResponseHead head = one(wire);
      if (head.status >= 200) {
        return head;
      }
      if (head.status == 101) {
        throw new HttpException("the server switches to a protocol nobody asked for");
      }
    }
    throw new HttpException("more than " + MOST_INTERIM + " interim answers");
  }

  private static ResponseHead one(Wire wire) throws IOException {
    String line = wire.line();
    if (!line.startsWith("HTTP/1.") || line.length() < 12 || line.charAt(8) != ' ') {
      throw new HttpException("the answer is not HTTP/1.1");
    }
    String digits = line.substring(9, 12);
    if (!digits.matches("[1-5]\\d\\d") || (line.length() > 12 && line.charAt(12) != ' ')) {
      throw new HttpException("the answer's status is not one of HTTP");
    }
    int status = Integer.parseInt(digits);
    Map<String, List<String>> headers = headers(wire, line.length());
    String connection =
        String.join(",", headers.getOrDefault("connection", List.of())).toLowerCase(Locale.ROOT);
    boolean keepAlive =
        line.charAt(7) == '0' ? connection.contains("keep-alive") : !connection.contains("close");
    return new ResponseHead(status, keepAlive, headers);
  }

  private static Map<String, List<String>> headers(Wire wire, int already) throws IOException {
    var headers = new HashMap<String, List<String>>();
    int bytes = already;
    int count = 0;
    List<String> last = null;
    for (String line = wire.line(); !line.isEmpty(); line = wire.line()) {
      bytes += line.length();
      if (bytes > MOST_BYTES || ++count > MOST_HEADERS) {
        throw new HttpException(
            "the answer's head exceeds " + MOST_BYTES + " bytes or " + MOST_HEADERS + " headers");
      }
      if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
        if (last == null) {
          throw new HttpException("the answer's head begins with a continued line");
        }
        last.addLast(last.removeLast() + " " + line.strip());
        continue;
      }
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new HttpException("the answer's head holds a line that is no header");
      }
      String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      last = headers.computeIfAbsent(name, n -> new ArrayList<>(1));
      last.add(line.substring(colon + 1).strip());
    }
    return headers;
  }

  /** Whether the body comes in chunks; any other transfer coding is refused. */
  boolean chunked() throws HttpException {
    List<String> codings = headers.getOrDefault("transfer-encoding", List.of());
    if (codings.isEmpty()) {
      return false;
    }
    if (codings.size() > 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
      throw new HttpException("transfer coding " + codings + " is not supported");
    }
    return true;
  }

  /** Content-Length, -1 without one. */
  long length() throws HttpException {
    long length = -1;
    for (String value : headers.getOrDefault("content-length", List.of())) {
      if (!value.matches("\\d{1,18}")) {
        throw new HttpException("Content-Length is not a number");
      }
      long one = Long.parseLong(value);
      if (length >= 0 && one != length) {
        throw new HttpException("two different Content-Lengths");
      }
      length = one;
    }
    return length;
  }
}
