package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what several commands take in one form. */
final class Arguments {
  private Arguments() {}

  /** Reads {@code key=value} pairs of option {@code option}. */
  static Map<String, String> pairs(String option, List<String> texts) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      if (equals <= 0) {
        throw CliFailure.usage(option + " " + text + ": must be key=value");
      }
      pairs.put(text.substring(0, equals), text.substring(equals + 1));
    }
    return pairs;
  }

  /** How many of the youngest {@code --latest} and {@code --last} ask for; 0 means all. */
  static int last(boolean latest, int last) {
    return last > 0 ? last : latest ? 1 : 0;
  }
}
