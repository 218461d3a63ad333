package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** What a pod asks of where it runs. */
public record Affinity(
    @Nullable NodeAffinity nodeAffinity,
    @Nullable PodAffinity podAffinity,
    @Nullable PodAffinity podAntiAffinity) {}
