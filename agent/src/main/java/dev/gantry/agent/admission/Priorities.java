package dev.gantry.agent.admission;

/** The priorities that Kubernetes itself defines. */
public final class Priorities {
  private Priorities() {}

  /** The priority of a class; 0 for none. */
  public static int of(String className) {
    return switch (className) {
      case "system-node-critical" -> 2_000_001_000;
      case "system-cluster-critical" -> 2_000_000_000;
      default -> 0;
    };
  }
}
