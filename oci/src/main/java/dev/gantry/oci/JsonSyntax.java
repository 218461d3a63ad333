package dev.gantry.oci;

/**
 * Refuses what is no JSON, is too long, or is nested too deep, before anything reads it.
 *
 * <p>The library's parser trusts its input: it takes some broken documents for whole ones and fails
 * on others with whatever exception comes up.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
final class JsonSyntax {
  /** Deeper than any document of the specifications, shallow enough for every stack. */
  static final int MAX_DEPTH = 64;

  /** Longer than any integer of the specifications; conversion takes time that grows with it. */
  private static final int MAX_NUMBER = 64;

  private final byte[] json;
  private int at;

  private JsonSyntax(byte[] json) {
    this.json = json;
  }

  static void check(byte[] json, int maxBytes) {
    if (json.length > maxBytes) {
      throw new OciFormatException(
          json.length + " bytes of JSON, at most " + maxBytes + " are read");
    }
    JsonSyntax syntax = new JsonSyntax(json);
    syntax.value(0);
    syntax.space();
    if (syntax.at < json.length) {
      throw syntax.bad("something follows the document");
    }
  }

  private void value(int depth) {
    if (depth > MAX_DEPTH) {
      throw bad("nested deeper than " + MAX_DEPTH);
    }
    space();
    int c = peek();
    switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    }
  }

  private void object(int depth) {
    at++;
    space();
    if (peek() == '}') {
      at++;
      return;
    }
    while (true) {
      space();
      string();
      space();
      expect(':');
      value(depth + 1);
      space();
      if (peek() == '}') {
        at++;
        return;
      }
      expect(',');
    }
  }

  private void array(int depth) {
    at++;
    space();
    if (peek() == ']') {
      at++;
      return;
    }
    while (true) {
      value(depth + 1);
      space();
      if (peek() == ']') {
        at++;
        return;
      }
      expect(',');
    }
  }

  private void string() {
    expect('"');
    while (true) {
      int c = peek();
      if (c == '"') {
        at++;
        return;
      }
      if (c >= 0 && c < ' ') {
        throw bad(c == 0 && at >= json.length ? "it ends in a string" : "a control character");
      }
      at++;
      if (c == '\\') {
        escape();
      }
    }
  }

  private void escape() {
    int c = peek();
    at++;
    switch (c) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {}
      case 'u' -> {
        for (int i = 0; i < 4; i++) {
          if (Character.digit(peek(), 16) < 0) {
            throw bad("a \\u without four hex digits");
          }
          at++;
        }
      }
      default -> throw bad("an unknown escape");
    }
  }

  private void number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (peek() == '.') {
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      digits();
    }
    if (at - start > MAX_NUMBER) {
      throw bad("a number of " + (at - start) + " characters");
    }
  }

  private void digits() {
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start) {
      throw bad("no value");
    }
  }

  private void word(String word) {
    for (int i = 0; i < word.length(); i++) {
      expect(word.charAt(i));
    }
  }

  private void expect(char c) {
    if (peek() != c) {
      throw bad("no '" + c + "'");
    }
    at++;
  }

  private void space() {
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
      at++;
    }
  }

  /** Returns the next byte, 0 at the end: a byte that no JSON has. */
  private int peek() {
    return at < json.length ? json[at] : 0;
  }

  private OciFormatException bad(String why) {
    return new OciFormatException("not JSON: " + why + " at byte " + at);
  }
}
