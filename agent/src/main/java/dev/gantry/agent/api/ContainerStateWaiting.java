package dev.gantry.agent.api;

/** Why a container does not run yet. */
public record ContainerStateWaiting(String reason, String message) {}
