package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** What happens after a container's start and before its stop. */
public record Lifecycle(
    @Nullable LifecycleHandler postStart, @Nullable LifecycleHandler preStop, String stopSignal) {}
