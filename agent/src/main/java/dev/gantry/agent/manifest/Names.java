package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Shape;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The names of fields, and which one was meant. */
final class Names {
  /** What every object has and no record. */
  static final Set<String> TYPE_META = Set.of("apiVersion", "kind");

  private static final int MAX_DISTANCE = 2;

  private Names() {}

  /** The fields of a record with those that stand beside them. */
  static Set<String> of(Shape shape) {
    Set<String> names = new LinkedHashSet<>();
    for (Shape.Field field : shape.fields()) {
      if (field.inline()) {
        names.addAll(of(Shape.of(field.raw())));
      } else {
        names.add(field.name());
      }
    }
    return names;
  }

  /**
   * What to do about a field that is not one.
   *
   * @param around what the record stands in, outermost first
   */
  static String advice(String name, Shape shape, List<Shape> around) {
    Set<String> known = of(shape);
    for (String one : known) {
      if (one.equalsIgnoreCase(name)) {
        return "it is written \"" + one + "\"";
      }
    }
    for (Shape outer : around.reversed()) {
      if (of(outer).contains(name)) {
        return "it belongs to "
            + outer.type().getSimpleName()
            + ", not to "
            + shape.type().getSimpleName()
            + ": check the indentation";
      }
    }
    for (String one : known) {
      boolean begins = one.length() > MAX_DISTANCE && name.startsWith(one);
      boolean begun = name.length() > MAX_DISTANCE && one.startsWith(name);
      if (begins || begun) {
        return "did you mean \"" + one + "\"?";
      }
    }
    for (String one : known) {
      if (name.length() > MAX_DISTANCE && distance(one, name) <= MAX_DISTANCE) {
        return "did you mean \"" + one + "\"?";
      }
    }
    for (Shape.Field field : shape.fields()) {
      if (field.raw().isRecord() && of(Shape.of(field.raw())).contains(name)) {
        return "it belongs below \"" + field.name() + "\"";
      }
    }
    return shape.type().getSimpleName() + " has no such field: remove it";
  }

  /** How many letters to add, drop or replace (Levenshtein). */
  private static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    if (Math.abs(a.length() - b.length()) > MAX_DISTANCE) {
      return MAX_DISTANCE + 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
