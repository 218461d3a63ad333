package dev.gantry.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One challenge of a {@code WWW-Authenticate} header.
 *
 * @param scheme in lower case: {@code basic}, {@code bearer}
 * @param parameters names in lower case
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110, 11.6.1</a>
 */
public record Challenge(String scheme, Map<String, String> parameters) {
  private static final int MOST_CHALLENGES = 16;
  private static final int MOST_PARAMETERS = 32;

  /** Parses headers of which each may hold several challenges; what makes no sense is left out. */
  public static List<Challenge> parse(List<String> headers) {
    var found = new ArrayList<Challenge>();
    for (String header : headers) {
      new Parser(header).into(found);
    }
    return found;
  }

  public String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void into(List<Challenge> found) {
      Map<String, String> parameters = null;
      while (found.size() <= MOST_CHALLENGES) {
        skip();
        String word = token();
        if (word.isEmpty() || (parameters != null && parameters.size() == MOST_PARAMETERS)) {
          return;
        }
        spaces();
        if (parameters != null && peek() == '=') {
          at++;
          spaces();
          parameters.put(word.toLowerCase(Locale.ROOT), peek() == '"' ? quoted() : token());
        } else {
          parameters = new LinkedHashMap<>();
          found.add(new Challenge(word.toLowerCase(Locale.ROOT), parameters));
        }
      }
    }

    private char peek() {
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void spaces() {
      while (peek() == ' ' || peek() == '\t') {
        at++;
      }
    }

    private void skip() {
      while (peek() == ' ' || peek() == '\t' || peek() == ',') {
        at++;
      }
    }

    private String token() {
      int start = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private String quoted() {
      var value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at = Math.min(at + 1, text.length());
      return value.toString();
    }
  }
}
