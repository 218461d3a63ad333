package dev.gantry.agent.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether something holds of a deployment. */
public record DeploymentCondition(
    @Always String type,
    @Always ConditionStatus status,
    @Nullable Instant lastUpdateTime,
    @Nullable Instant lastTransitionTime,
    String reason,
    String message) {}
