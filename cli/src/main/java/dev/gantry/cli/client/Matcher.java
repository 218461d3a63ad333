package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression of the command line that a name has to contain; an empty one fits all. */
final class Matcher {
  private final Pattern pattern;

  Matcher(String option, String expression) {
    try {
      pattern = Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw CliFailure.usage(
          option + " " + expression + ": not a regular expression: " + e.getDescription());
    }
  }

  boolean matches(String name) {
    return pattern.matcher(name).find();
  }
}
