package dev.gantry.cri.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads JSON text, RFC 8259, into a tree. Nothing but the RFC's grammar is accepted. */
final class JsonParser {
  private static final int MAX_DEPTH = 200;
  private static final int MAX_NUMBER_LENGTH = 400;
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

  private final String text;
  private int at;
  private int depth;

  JsonParser(String text) {
    this.text = text;
  }

  @Nullable Object parse() {
    Object value = value();
    skipSpace();
    if (at < text.length()) {
      throw error("nothing may follow the value");
    }
    return value;
  }

  private @Nullable Object value() {
    skipSpace();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> list();
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object() {
    enter();
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (!next('}')) {
      do {
        skipSpace();
        if (peek() != '"') {
          throw error("expected a name in quotes");
        }
        int start = at;
        String name = string();
        if (members.containsKey(name)) {
          at = start;
          throw error("\"" + name + "\" is given twice");
        }
        expect(':');
        members.put(name, value());
      } while (next(','));
      expect('}');
    }
    depth--;
    return members;
  }

  private List<@Nullable Object> list() {
    enter();
    List<@Nullable Object> elements = new ArrayList<>();
    if (!next(']')) {
      do {
        elements.add(value());
      } while (next(','));
      expect(']');
    }
    depth--;
    return elements;
  }

  private void enter() {
    at++;
    if (++depth > MAX_DEPTH) {
      throw error("nested more than " + MAX_DEPTH + " levels deep");
    }
  }

  private String string() {
    StringBuilder value = new StringBuilder();
    for (at++; peek() != '"'; at++) {
      char c = text.charAt(at);
      if (c < 0x20) {
        throw error("a control character must be escaped");
      }
      value.append(c == '\\' ? escape() : c);
    }
    at++;
    return value.toString();
  }

  private char escape() {
    at++;
    return switch (peek()) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> throw error("unknown escape");
    };
  }

  private char hex() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      at++;
      char c = peek();
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw error("expected four hexadecimal digits");
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  private BigDecimal number() {
    Matcher matcher = NUMBER.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw error("expected a value");
    }
    if (matcher.end() - at > MAX_NUMBER_LENGTH) {
      throw error("a number of more than " + MAX_NUMBER_LENGTH + " characters");
    }
    try {
      BigDecimal number = new BigDecimal(matcher.group());
      at = matcher.end();
      return number;
    } catch (NumberFormatException e) { // an exponent of more than nine digits
      throw error("a number out of range");
    }
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw error("expected a value");
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw error("the text ends too early");
    }
    return text.charAt(at);
  }

  private boolean next(char wanted) {
    skipSpace();
    if (peek() != wanted) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char wanted) {
    if (!next(wanted)) {
      throw error("expected '" + wanted + "'");
    }
  }

  private ProtoJsonException error(String problem) {
    int end = Math.min(at, text.length());
    long line = text.substring(0, end).chars().filter(c -> c == '\n').count() + 1;
    int column = end - text.lastIndexOf('\n', end - 1);
    return new ProtoJsonException(line + ":" + column, problem);
  }
}
