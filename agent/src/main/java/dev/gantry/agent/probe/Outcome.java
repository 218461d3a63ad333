package dev.gantry.agent.probe;

/**
 * What one question came to.
 *
 * @param warning whether it is a success that a person should know of
 * @param text what the event says
 */
record Outcome(boolean success, boolean warning, String text) {
  static Outcome success(String text) {
    return new Outcome(true, false, text);
  }

  static Outcome warning(String text) {
    return new Outcome(true, true, text);
  }

  static Outcome failure(String text) {
    return new Outcome(false, false, text);
  }
}
