package dev.gantry.streaming.server;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The subprotocols of exec and attach ({@code k8s.io/apimachinery/pkg/util/remotecommand}), newest
 * first.
 */
enum Protocol {
  /** As 4, and clients can end their input over WebSocket. */
  V5("v5.channel.k8s.io", false),
  /** The end is told as JSON with the exit code. */
  V4("v4.channel.k8s.io", true),
  /** Terminals can be resized. */
  V3("v3.channel.k8s.io", true),
  /** As 1, with an orderly end. */
  V2("v2.channel.k8s.io", true),
  /** The one of clients that name none, too. */
  V1("channel.k8s.io", true);

  private final String text;
  private final boolean overSpdy;

  Protocol(String text, boolean overSpdy) {
    this.text = text;
    this.overSpdy = overSpdy;
  }

  String text() {
    return text;
  }

  boolean statusJson() {
    return compareTo(V4) <= 0;
  }

  boolean resizes() {
    return compareTo(V3) <= 0;
  }

  /** The first of the client's that there is over SPDY; the oldest when it names none. */
  static Optional<Protocol> overSpdy(List<String> offered) {
    return offered.isEmpty()
        ? Optional.of(V1)
        : offered.stream().flatMap(name -> of(name).stream()).filter(p -> p.overSpdy).findFirst();
  }

  static Optional<Protocol> of(String name) {
    return Arrays.stream(values()).filter(p -> p.text.equals(name)).findFirst();
  }
}
