package dev.gantry.agent.api;

import java.util.Map;

/** What a container is promised and what it may take at most. */
@Refused(field = "claims", remedy = "devices by claim need a cluster's scheduler; leave it out")
public record ResourceRequirements(Map<String, Quantity> limits, Map<String, Quantity> requests) {
  public ResourceRequirements {
    limits = Fields.amounts(limits);
    requests = Fields.amounts(requests);
  }

  /** This with a request for what is only limited, as containers get it. */
  ResourceRequirements withLimitsRequested() {
    return requests.keySet().containsAll(limits.keySet())
        ? this
        : new ResourceRequirements(limits, Fields.union(limits, requests));
  }

  /** Asks for nothing and is limited by nothing. */
  public static final ResourceRequirements NONE = new ResourceRequirements(Map.of(), Map.of());
}
