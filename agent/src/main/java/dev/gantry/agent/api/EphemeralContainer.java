package dev.gantry.agent.api;

/** A container that is added to a running pod to look into it. */
public record EphemeralContainer(@Inline Container container, String targetContainerName) {}
