package dev.gantry.cli.node;

import dev.gantry.cli.CliFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Labels that are asked for, in kubectl's words: {@code app=web,tier!=db,!old,env in (a,b)}.
 *
 * @param conditions all of which must hold
 */
public record Selector(List<Predicate<Map<String, String>>> conditions) {
  // A comma within parentheses parts values, any other one conditions.
  private static final Pattern COMMA = Pattern.compile(",(?![^(]*\\))");
  private static final Pattern SET =
      Pattern.compile("(?<key>\\S+)\\s+(?<not>not)?in\\s*\\((?<values>[^()]*)\\)");
  private static final Pattern EQUAL =
      Pattern.compile("(?<key>[^=!]+?)\\s*(?<op>==?|!=)\\s*(?<value>[^=!]*)");
  private static final Pattern EXISTS = Pattern.compile("(?<not>!)?\\s*(?<key>[^=!\\s(),]+)");

  public Selector {
    conditions = List.copyOf(conditions);
  }

  /**
   * Reads one; an empty text asks for nothing.
   *
   * @throws CliFailure when it is none
   */
  public static Selector parse(String text) {
    List<Predicate<Map<String, String>>> conditions = new ArrayList<>();
    if (!text.isBlank()) {
      for (String one : COMMA.split(text, -1)) {
        conditions.add(condition(one.strip()));
      }
    }
    return new Selector(conditions);
  }

  private static Predicate<Map<String, String>> condition(String text) {
    Matcher set = SET.matcher(text);
    if (set.matches()) {
      List<String> values =
          Arrays.stream(set.group("values").split(",", -1)).map(String::strip).toList();
      String key = set.group("key");
      return set.group("not") == null
          ? labels -> labels.containsKey(key) && values.contains(labels.get(key))
          : labels -> !labels.containsKey(key) || !values.contains(labels.get(key));
    }
    Matcher equal = EQUAL.matcher(text);
    if (equal.matches()) {
      String key = equal.group("key");
      String value = equal.group("value");
      return equal.group("op").equals("!=")
          ? labels -> !value.equals(labels.get(key))
          : labels -> value.equals(labels.get(key));
    }
    Matcher exists = EXISTS.matcher(text);
    if (exists.matches()) {
      String key = exists.group("key");
      return exists.group("not") == null
          ? labels -> labels.containsKey(key)
          : labels -> !labels.containsKey(key);
    }
    throw CliFailure.usage("selector " + text + " is not understood")
        .advise("write -l app=web, -l 'app!=web', -l 'app in (a,b)', -l app or -l '!app'");
  }

  /** Whether an object's labels are as asked for. */
  public boolean matches(Map<String, String> labels) {
    return conditions.stream().allMatch(condition -> condition.test(labels));
  }
}
