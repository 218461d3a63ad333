package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A ConfigMap all of whose keys become variables. */
public record ConfigMapEnvSource(String name, @Nullable Boolean optional) {}
