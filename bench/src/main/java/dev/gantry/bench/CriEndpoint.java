package dev.gantry.bench;

/**
 * A CRI runtime to measure.
 *
 * @param name what the report calls it
 * @param address its socket, {@code unix:///run/…} or a path
 * @param handler the runtime handler that pods ask for; empty is the runtime's default
 */
record CriEndpoint(String name, String address, String handler) {
  /**
   * Reads {@code NAME=ADDRESS} or {@code NAME=ADDRESS#HANDLER}.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  static CriEndpoint parse(String text) {
    int equals = text.indexOf('=');
    int hash = text.indexOf('#', equals + 1);
    if (equals < 1 || hash == equals + 1) {
      throw new IllegalArgumentException(
          "endpoint " + text + ": expected NAME=unix:///SOCKET or NAME=unix:///SOCKET#HANDLER");
    }
    return new CriEndpoint(
        text.substring(0, equals),
        text.substring(equals + 1, hash < 0 ? text.length() : hash),
        hash < 0 ? "" : text.substring(hash + 1));
  }
}
