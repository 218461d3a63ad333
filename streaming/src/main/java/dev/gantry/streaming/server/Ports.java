package dev.gantry.streaming.server;

/** TCP ports as text. */
final class Ports {
  private static final int LARGEST = 65535;

  private Ports() {}

  /** The port, or 0 when the text is none. */
  static int parse(String text) {
    if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return 0;
    }
    int port = Integer.parseInt(text);
    return port <= LARGEST ? port : 0;
  }
}
