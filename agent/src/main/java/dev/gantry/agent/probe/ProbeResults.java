package dev.gantry.agent.probe;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The verdict of each probe of each running container, by the container's id. */
public final class ProbeResults {
  private final Map<Key, Verdict> verdicts = new ConcurrentHashMap<>();

  private record Key(String containerId, ProbeKind kind) {}

  /** The verdict; empty when there is no such probe or it has not looked at that container yet. */
  public Optional<Verdict> get(String containerId, ProbeKind kind) {
    return Optional.ofNullable(verdicts.get(new Key(containerId, kind)));
  }

  /** Sets a verdict; true when it was another one. */
  public boolean set(String containerId, ProbeKind kind, Verdict verdict) {
    return verdicts.put(new Key(containerId, kind), verdict) != verdict;
  }

  /** Forgets a container of the past. */
  public void remove(String containerId, ProbeKind kind) {
    verdicts.remove(new Key(containerId, kind));
  }

  /** Whether a container failed a probe for which it is to be ended. */
  public boolean failed(String containerId, ProbeKind kind) {
    return get(containerId, kind).filter(v -> v == Verdict.FAILURE).isPresent();
  }

  /** Forgets every container but these. */
  void retain(Set<String> containerIds) {
    verdicts.keySet().removeIf(key -> !containerIds.contains(key.containerId()));
  }
}
