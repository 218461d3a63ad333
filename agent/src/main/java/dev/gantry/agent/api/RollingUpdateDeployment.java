package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** How many replicas may be missing and how many too many meanwhile. */
public record RollingUpdateDeployment(
    @Nullable IntOrString maxUnavailable, @Nullable IntOrString maxSurge) {
  public RollingUpdateDeployment {
    maxUnavailable = maxUnavailable == null ? IntOrString.of("25%") : maxUnavailable;
    maxSurge = maxSurge == null ? IntOrString.of("25%") : maxSurge;
  }
}
