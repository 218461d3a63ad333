package dev.gantry.agent.api;

import java.util.Map;

/** What a pod costs beside its containers. */
public record Overhead(Map<String, Quantity> podFixed) {
  public Overhead {
    podFixed = Fields.amounts(podFixed);
  }
}
