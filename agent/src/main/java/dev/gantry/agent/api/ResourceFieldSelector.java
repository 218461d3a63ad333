package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A resource of a container, counted in units of the divisor. */
public record ResourceFieldSelector(
    String containerName, @Always String resource, @Nullable Quantity divisor) {}
