package dev.gantry.agent.api;

import java.util.List;
import java.util.Map;

/** Which nodes a runtime class works on. */
public record Scheduling(Map<String, String> nodeSelector, List<Toleration> tolerations) {
  public Scheduling {
    nodeSelector = Fields.map(nodeSelector);
    tolerations = Fields.list(tolerations);
  }
}
