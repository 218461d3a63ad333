package dev.gantry.agent.runtime;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A pod as the runtime had it at one moment.
 *
 * @param takenAt before the first question was asked, so everything older than it is in here
 * @param sandboxes the youngest first
 * @param containers the youngest first; of one name there may be several
 */
public record PodSnapshot(
    String uid, Instant takenAt, List<Sandbox> sandboxes, List<RuntimeContainer> containers) {
  public PodSnapshot {
    sandboxes = List.copyOf(sandboxes);
    containers = List.copyOf(containers);
  }

  /**
   * A sandbox.
   *
   * @param attempt how many sandboxes the pod had before
   * @param ips the addresses, the first one first; empty for the host's network
   * @param hostNetwork whether it has no network of its own
   */
  public record Sandbox(
      String id,
      boolean ready,
      int attempt,
      Instant createdAt,
      List<String> ips,
      boolean hostNetwork) {
    public Sandbox {
      ips = List.copyOf(ips);
    }
  }

  /** A pod of which the runtime knows nothing. */
  public static PodSnapshot none(String uid, Instant at) {
    return new PodSnapshot(uid, at, List.of(), List.of());
  }

  /** The youngest container of a name. */
  public Optional<RuntimeContainer> container(String name) {
    return containers.stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /** The youngest container of a name in the youngest sandbox. */
  public Optional<RuntimeContainer> inSandbox(String name) {
    String sandbox = sandboxes.isEmpty() ? "" : sandboxes.getFirst().id();
    return container(name).filter(c -> c.sandboxId().equals(sandbox));
  }

  /** The container of a name before the youngest. */
  public Optional<RuntimeContainer> previous(String name) {
    return containers.stream().filter(c -> c.name().equals(name)).skip(1).findFirst();
  }

  /** The sandbox that is in use, if there is one. */
  public Optional<Sandbox> readySandbox() {
    return sandboxes.stream().filter(Sandbox::ready).findFirst();
  }

  /** The addresses of the youngest sandbox, if it is ready. */
  public List<String> ips() {
    return sandboxes.stream()
        .findFirst()
        .filter(Sandbox::ready)
        .map(Sandbox::ips)
        .orElse(List.of());
  }

  /** Containers that run, or of which nobody knows. */
  public List<RuntimeContainer> live() {
    return containers.stream().filter(c -> !c.exited()).toList();
  }

  /** Whether nothing of it can run any more. */
  public boolean dead() {
    return live().isEmpty() && sandboxes.stream().noneMatch(Sandbox::ready);
  }
}
