package dev.gantry.agent.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether something holds of a pod, since when and why. */
public record PodCondition(
    @Always String type,
    long observedGeneration,
    @Always ConditionStatus status,
    @Nullable Instant lastProbeTime,
    @Nullable Instant lastTransitionTime,
    String reason,
    String message) {}
