package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A taint of nodes that a pod puts up with. */
public record Toleration(
    String key,
    @Nullable TolerationOperator operator,
    String value,
    @Nullable TaintEffect effect,
    @Nullable Long tolerationSeconds) {}
