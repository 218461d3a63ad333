package dev.gantry.agent.runtime;

import java.util.List;

/**
 * A pod as the runtime's lists have it: all its sandboxes and containers, dead ones too.
 *
 * @param sandboxes the youngest first
 * @param containers the youngest first
 */
public record RuntimePod(
    String uid, String namespace, String name, List<Sandbox> sandboxes, List<Entry> containers) {
  public RuntimePod {
    sandboxes = List.copyOf(sandboxes);
    containers = List.copyOf(containers);
  }

  /** A sandbox in a list. */
  public record Sandbox(String id, boolean ready, long createdAt) {}

  /** A container in a list. */
  public record Entry(String id, String name, ContainerPhase phase, long createdAt) {}

  /** Whether anything of it may still run. */
  public boolean alive() {
    return sandboxes.stream().anyMatch(Sandbox::ready)
        || containers.stream().anyMatch(c -> c.phase() != ContainerPhase.EXITED);
  }
}
