package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.oci.runtime.Process;

/** Makes useful errors of what a runtime wrote. */
final class Failures {
  private static final int LONGEST = 1024;

  private Failures() {}

  /**
   * A command that the runtime did not run.
   *
   * @param what was tried, verb and object
   * @param program the runtime's name
   * @param text what it wrote
   */
  static RuntimeFailure command(
      String what, String program, String text, CommandLookup lookup, Process process) {
    String name = process.args().isEmpty() ? "" : process.args().getFirst();
    return switch (lookup.find(process)) {
      case MISSING ->
          new RuntimeFailure(
              Kind.COMMAND_NOT_FOUND,
              what
                  + ": exec: \""
                  + name
                  + "\": "
                  + (name.indexOf('/') < 0
                      ? "executable file not found in $PATH"
                      : "stat " + name + ": no such file or directory"));
      case NOT_EXECUTABLE ->
          new RuntimeFailure(
              Kind.COMMAND_NOT_EXECUTABLE, what + ": exec: \"" + name + "\": permission denied");
      case FOUND, UNKNOWN ->
          new RuntimeFailure(Kind.RUNTIME, what + ": " + program + ": " + clean(text));
    };
  }

  /** One line of bounded length; says so when there is nothing. */
  static String clean(String text) {
    String line =
        String.join("; ", text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList())
            .replaceAll("\\p{Cntrl}", "?");
    if (line.isEmpty()) {
      return "it failed without a message";
    }
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
  }
}
