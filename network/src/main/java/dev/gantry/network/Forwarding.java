package dev.gantry.network;

import dev.gantry.linux.net.Link;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the host passes packets on from one of its links to another (sysctl {@code
 * net.ipv4.ip_forward}), which the plug-in bridge turns on for its gateway and never off again.
 */
final class Forwarding {
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_forward");

  private Forwarding() {}

  static boolean isOn() throws IOException {
    return !Files.readString(SYSCTL).startsWith("0");
  }

  /**
   * Turns it off for a bridge that goes away and that it was on for. Who made a link after that
   * bridge found forwarding on, and may need it without having said so: then it stays.
   */
  static void turnOffAfter(Link bridge) throws IOException {
    if (Links.list().stream().allMatch(link -> link.index() <= bridge.index())) {
      Files.writeString(SYSCTL, "0");
    }
  }
}
