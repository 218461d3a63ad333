package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A key of a ConfigMap. */
public record ConfigMapKeySelector(String name, @Always String key, @Nullable Boolean optional) {}
