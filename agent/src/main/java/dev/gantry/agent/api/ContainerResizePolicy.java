package dev.gantry.agent.api;

/** What a change of a resource does to a running container. */
public record ContainerResizePolicy(
    @Always String resourceName, ResizeRestartPolicy restartPolicy) {}
