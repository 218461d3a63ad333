package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** What some exit codes do instead of the restart policy. */
public record ContainerRestartRule(
    ContainerRestartRuleAction action, @Nullable ContainerRestartRuleOnExitCodes exitCodes) {}
