package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A path of the node. */
public record HostPathVolumeSource(@Always String path, @Nullable HostPathType type) {}
