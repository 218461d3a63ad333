package dev.gantry.agent.podspec;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * {@code $(VAR)} in commands, arguments and values. {@code $$} is a dollar sign that begins
 * nothing; a reference to what is not defined stays as it is written.
 */
public final class Expansion {
  private Expansion() {}

  /** The text with the variables' values. */
  public static String expand(String text, Map<String, String> variables) {
    return expand(
        text, name -> variables.containsKey(name) ? variables.get(name) : "$(" + name + ")");
  }

  /**
   * The text with the variables' values, all of which there have to be.
   *
   * @throws ContainerConfigException naming those that are not defined, or empty
   */
  public static String expandAll(String text, Map<String, String> variables)
      throws ContainerConfigException {
    Set<String> missing = new TreeSet<>();
    String expanded =
        expand(
            text,
            name -> {
              String value = variables.getOrDefault(name, "");
              if (value.isEmpty()) {
                missing.add(name);
              }
              return value;
            });
    if (!missing.isEmpty()) {
      throw new ContainerConfigException("missing value for " + String.join(", ", missing));
    }
    return expanded;
  }

  private static String expand(String text, UnaryOperator<String> value) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        out.append(c);
        at++;
        continue;
      }
      char next = text.charAt(at + 1);
      int end = next == '(' ? text.indexOf(')', at + 2) : -1;
      if (end >= 0) {
        out.append(value.apply(text.substring(at + 2, end)));
        at = end + 1;
      } else {
        out.append(next == '$' ? "$" : "$" + next);
        at += 2;
      }
    }
    return out.toString();
  }
}
