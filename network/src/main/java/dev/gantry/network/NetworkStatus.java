package dev.gantry.network;

import java.util.List;

/**
 * Whether pods can be given a network, as CRI's NetworkReady condition tells it.
 *
 * @param reason empty when ready, else {@value #NOT_READY}
 * @param message for people: what was looked for and where, what is wrong with it, what to do
 * @param networkName the default network, empty when there is none
 * @param problems files that were passed over, each with the reason; also when ready
 */
public record NetworkStatus(
    boolean ready, String reason, String message, String networkName, List<String> problems) {
  /** The reason that the kubelet and its users know. */
  public static final String NOT_READY = "NetworkPluginNotReady";

  public NetworkStatus {
    problems = List.copyOf(problems);
  }

  static NetworkStatus ready(String networkName, String source, List<String> problems) {
    String message = "network \"" + networkName + "\" from " + source;
    return new NetworkStatus(true, "", message, networkName, problems);
  }

  static NetworkStatus notReady(String message, List<String> problems) {
    return new NetworkStatus(false, NOT_READY, message, "", problems);
  }
}
